use std::collections::HashSet;

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};

use crate::document::{Document, fold_name, order_of, split_key};
use crate::tokenizer;

/// Raised whenever the fields, a tokenizer or the meaning of a stored value changes: an index of another version is
/// rebuilt from the state.
pub const SCHEMA_VERSION: u32 = 2;

#[derive(Debug, Clone)]
pub struct Fields {
    /// `namespace/name`: the term of an upsert.
    pub key: Field,
    /// Folded key and folded name, for exact matches.
    pub exact_key: Field,
    pub exact_name: Field,
    /// Name, then key: breaks ties and leads back to the key. Fast.
    pub order: Field,
    pub number: Field,
    /// Namespace and name in parts and joined.
    pub name: Field,
    /// Keywords and categories in parts and joined, for free text.
    pub topic: Field,
    pub description: Field,
    pub namespace: Field,
    pub kind: Field,
    pub keyword: Field,
    pub category: Field,
    pub author: Field,
    pub license: Field,
    pub language: Field,
    pub capability: Field,
    pub quality: Field,
    pub published_at: Field,
    pub yanked: Field,
}

pub fn schema() -> (Schema, Fields) {
    let text = |tokenizer: &str, record| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer(tokenizer).set_index_option(record).set_fieldnorms(true),
        )
    };
    let exact = |tokenizer: &str| {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::Basic)
                .set_fieldnorms(false),
        )
    };
    // Indexed without case, kept in a column as written (facets show it).
    let facet = || exact(tokenizer::FOLDED).set_fast(Some("raw"));
    let positions = IndexRecordOption::WithFreqsAndPositions;
    let number = || NumericOptions::from(FAST);

    let mut builder = Schema::builder();
    let fields = Fields {
        key: builder.add_text_field("key", exact("raw").set_stored()),
        exact_key: builder.add_text_field("exact_key", exact("raw")),
        exact_name: builder.add_text_field("exact_name", exact("raw")),
        order: builder.add_text_field("order", TextOptions::default().set_fast(Some("raw"))),
        number: builder.add_u64_field("number", number()),
        name: builder.add_text_field("name", text(tokenizer::NAME, positions)),
        topic: builder.add_text_field("topic", text(tokenizer::NAME, positions)),
        description: builder.add_text_field("description", text(tokenizer::ENGLISH, positions)),
        namespace: builder.add_text_field("namespace", facet()),
        kind: builder.add_text_field("kind", facet()),
        keyword: builder.add_text_field("keyword", facet()),
        category: builder.add_text_field("category", facet()),
        author: builder.add_text_field("author", facet()),
        license: builder.add_text_field("license", facet()),
        language: builder.add_text_field("language", facet()),
        capability: builder.add_text_field("capability", facet()),
        quality: builder.add_f64_field("quality", number()),
        published_at: builder.add_u64_field("published_at", number()),
        yanked: builder.add_bool_field("yanked", NumericOptions::from(FAST | INDEXED)),
    };
    (builder.build(), fields)
}

impl Fields {
    pub fn key_term(&self, key: &str) -> Term {
        Term::from_field_text(self.key, key)
    }

    pub fn to_tantivy(&self, source: &Document) -> TantivyDocument {
        let (namespace, name) = split_key(&source.key);
        let mut document = TantivyDocument::default();
        document.add_text(self.key, &source.key);
        document.add_text(self.exact_key, fold_name(&source.key));
        document.add_text(self.exact_name, fold_name(name));
        document.add_text(self.order, order_of(&source.key));
        document.add_u64(self.number, source.package_number);
        document.add_text(self.name, &source.key);
        document.add_text(self.kind, &source.kind);
        document.add_f64(self.quality, source.quality);
        document.add_u64(self.published_at, source.published_at_ms);
        document.add_bool(self.yanked, source.yanked);
        let single = [
            (self.namespace, namespace),
            (self.description, source.description.as_deref()),
            (self.license, source.license.as_deref()),
            (self.language, source.language.as_deref()),
        ];
        for (field, value) in single {
            if let Some(value) = value {
                document.add_text(field, value);
            }
        }
        let many = [
            (self.keyword, &source.keywords),
            (self.topic, &source.keywords),
            (self.category, &source.categories),
            (self.topic, &source.categories),
            (self.author, &source.authors),
            (self.capability, &source.capabilities),
        ];
        for (field, values) in many {
            // Once, however it is spelled: whoever counts values counts packages.
            let mut seen = HashSet::new();
            for value in values {
                if seen.insert(value.to_lowercase()) {
                    document.add_text(field, value);
                }
            }
        }
        document
    }
}
