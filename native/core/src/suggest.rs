//! Names that begin with what was typed so far. The dictionary of names is sorted, so this reads as many terms as it answers, and no more
//! for having more packages.

use serde::{Deserialize, Serialize};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, SegmentReader, TERMINATED, TantivyError};

use crate::document::key_of_order;
use crate::error::{Code, SearchError};
use crate::plan::name_of;
use crate::published::{Position, Published};

const SUGGESTIONS_MAX: usize = 100;
/// Terms of removed packages stay until a merge; no more than so many of a segment are looked at.
const TERMS_MAX: usize = 10_000;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SuggestQuery {
    pub text: String,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Suggestions {
    pub keys: Vec<String>,
    #[serde(flatten)]
    pub position: Position,
}

/// Packages whose name begins with the text, in the order of names; behind them those whose key does.
pub fn suggest(published: &Published, query: &SuggestQuery) -> Result<Suggestions, SearchError> {
    let limit = query.limit;
    if limit == 0 || limit > SUGGESTIONS_MAX {
        return Err(SearchError::new(Code::Invalid, format!("limit {limit} is not 1 to {SUGGESTIONS_MAX}")));
    }
    let prefix = name_of(&query.text);
    let mut keys: Vec<String> = Vec::new();
    if !prefix.is_empty() {
        for field in [published.fields.exact_name, published.fields.exact_key] {
            for (_, key) in beginning_with(published, field, &prefix, limit)? {
                if keys.len() < limit && !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
    }
    Ok(Suggestions { keys, position: published.position })
}

/// Terms and keys of the first packages, sorted.
fn beginning_with(
    published: &Published,
    field: Field,
    prefix: &str,
    limit: usize,
) -> Result<Vec<(String, String)>, SearchError> {
    let mut found = Vec::new();
    for segment in published.searcher.segment_readers() {
        found.extend(in_segment(segment, field, prefix, limit)?);
    }
    found.sort();
    found.truncate(limit);
    Ok(found)
}

fn in_segment(
    segment: &SegmentReader,
    field: Field,
    prefix: &str,
    limit: usize,
) -> tantivy::Result<Vec<(String, String)>> {
    let index = segment.inverted_index(field)?;
    let columns = segment.fast_fields();
    let yanked = columns.bool("yanked")?;
    let order = columns.str("order")?.ok_or_else(|| TantivyError::SchemaError("no column order".to_owned()))?;
    // The greatest character follows whatever can come after the prefix.
    let end = format!("{prefix}{}", char::MAX);
    let mut terms = index.terms().range().ge(prefix).lt(&end).into_stream()?;
    let mut found = Vec::new();
    let mut left = TERMS_MAX;
    while found.len() < limit && left > 0 && terms.advance() {
        left -= 1;
        let term = String::from_utf8_lossy(terms.key()).into_owned();
        let mut postings = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
        while postings.doc() != TERMINATED {
            let document = postings.doc();
            postings.advance();
            let is_hit = !segment.is_deleted(document) && yanked.first(document) != Some(true);
            if let (true, Some(ordinal)) = (is_hit, order.ords().first(document)) {
                let mut text = String::new();
                order.ord_to_str(ordinal, &mut text)?;
                found.push((term.clone(), key_of_order(&text).to_owned()));
            }
        }
    }
    Ok(found)
}
