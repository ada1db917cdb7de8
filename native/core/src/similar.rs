//! Packages that are about the same as one: those that share its rarer words.

use serde::{Deserialize, Serialize};
use tantivy::Term;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query as TantivyQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use crate::document::{Document, split_key};
use crate::error::{Code, SearchError};
use crate::plan::{restricted, tokens};
use crate::published::{Position, Published};
use crate::rank::Ranker;
use crate::search::{Filter, HITS_MAX, Hit, hits_of};
use crate::tokenizer::{ENGLISH, NAME_PARTS};

/// Most telling words of a package that are looked for.
const TERMS_MAX: usize = 25;
/// A word that no other package has leads nowhere.
const PACKAGES_MIN: u64 = 2;
const TOPIC_WEIGHT: f32 = 3.0;
const NAME_WEIGHT: f32 = 2.0;
const DESCRIPTION_WEIGHT: f32 = 1.0;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimilarQuery {
    /// What others are to be like; it is no hit itself.
    pub document: Document,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Similar {
    pub hits: Vec<Hit>,
    #[serde(flatten)]
    pub position: Position,
}

pub fn similar(published: &Published, query: &SimilarQuery) -> Result<Similar, SearchError> {
    let SimilarQuery { document, limit } = query;
    if *limit == 0 || *limit > HITS_MAX {
        return Err(SearchError::new(Code::Invalid, format!("limit {limit} is not 1 to {HITS_MAX}")));
    }
    let fields = &published.fields;
    let mut clauses: Vec<(Occur, Box<dyn TantivyQuery>)> = Vec::new();
    for (_, weight, term) in telling(published, document)? {
        let term = TermQuery::new(term, IndexRecordOption::WithFreqs);
        clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight))));
    }
    let itself = TermQuery::new(fields.key_term(&document.key), IndexRecordOption::Basic);
    let others = BooleanQuery::new(vec![
        (Occur::Must, Box::new(BooleanQuery::new(clauses)) as Box<dyn TantivyQuery>),
        (Occur::MustNot, Box::new(itself)),
    ]);
    let ranker = Ranker {
        limit: *limit,
        after: None,
        // No package has an empty name: nothing is an exact match.
        exact_key: Term::from_field_text(fields.exact_key, ""),
        exact_name: Term::from_field_text(fields.exact_name, ""),
        order_field: "order".to_owned(),
    };
    let ranking = published.searcher.search(&restricted(Box::new(others), &Filter::default(), fields), &ranker)?;
    Ok(Similar { hits: hits_of(ranking), position: published.position })
}

/// Words of the package by how much they tell: rare ones, and those of its topics, more than others.
fn telling(published: &Published, document: &Document) -> Result<Vec<(f32, f32, Term)>, SearchError> {
    let packages = published.searcher.num_docs();
    let mut found: Vec<(f32, f32, Term)> = Vec::new();
    for (field, weight, word) in words(published, document) {
        let term = Term::from_field_text(field, &word);
        let with = published.searcher.doc_freq(&term)?;
        if with < PACKAGES_MIN || found.iter().any(|(_, _, known)| *known == term) {
            continue;
        }
        let rarity = (1.0 + (packages.saturating_sub(with) as f32 + 0.5) / (with as f32 + 0.5)).ln();
        found.push((weight * rarity, weight, term));
    }
    found.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.2.cmp(&right.2)));
    found.truncate(TERMS_MAX);
    Ok(found)
}

fn words(published: &Published, document: &Document) -> Vec<(Field, f32, String)> {
    let fields = &published.fields;
    let (_, name) = split_key(&document.key);
    let topics = document.keywords.iter().chain(&document.categories).map(String::as_str);
    let mut texts: Vec<(Field, f32, &str, &str)> =
        topics.map(|topic| (fields.topic, TOPIC_WEIGHT, NAME_PARTS, topic)).collect();
    texts.push((fields.name, NAME_WEIGHT, NAME_PARTS, name));
    if let Some(description) = &document.description {
        texts.push((fields.description, DESCRIPTION_WEIGHT, ENGLISH, description));
    }
    let mut found = Vec::new();
    for (field, weight, tokenizer, text) in texts {
        let mut analyzer = published.tokenizers.get(tokenizer).expect("registered with every index");
        found.extend(tokens(&mut analyzer, text).into_iter().map(|(_, word)| (field, weight, word)));
    }
    found
}
