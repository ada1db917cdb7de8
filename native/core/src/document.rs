use serde::Deserialize;

/// What the index knows of one package; see `SearchDocument` in src/search/search-index.ts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// `namespace/name`, or `name`.
    pub key: String,
    pub package_number: u64,
    #[serde(default)]
    pub description: Option<String>,
    pub kind: String,
    pub keywords: Vec<String>,
    pub categories: Vec<String>,
    pub authors: Vec<String>,
    pub capabilities: Vec<String>,
    #[serde(default)]
    pub license: Option<String>,
    #[serde(default)]
    pub language: Option<String>,
    pub published_at_ms: u64,
    pub quality: f64,
    pub yanked: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Change {
    Upsert { document: Box<Document> },
    Remove { key: String },
}

impl Change {
    pub fn key(&self) -> &str {
        match self {
            Change::Upsert { document } => &document.key,
            Change::Remove { key } => key,
        }
    }
}

/// `acme/web` → (`Some("acme")`, `web`).
pub fn split_key(key: &str) -> (Option<&str>, &str) {
    match key.split_once('/') {
        Some((namespace, name)) => (Some(namespace), name),
        None => (None, key),
    }
}

/// The form under which spellings of a name collide: lower case, `_` read as `-`. Same as `foldName` in
/// src/model/package-id.ts.
pub fn fold_name(text: &str) -> String {
    text.to_lowercase().replace('_', "-")
}

/// What breaks ties between scores: the name, then the whole key. Unique for each package.
pub fn order_of(key: &str) -> String {
    let (_, name) = split_key(key);
    format!("{name}\0{key}")
}

pub fn key_of_order(order: &str) -> &str {
    order.split_once('\0').map_or(order, |(_, key)| key)
}
