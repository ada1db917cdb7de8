//! What a text with typing errors may have meant: words that no package has are exchanged for near ones of names and topics.

use serde::{Deserialize, Serialize};
use tantivy::collector::Count;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, SegmentReader, TERMINATED};

use crate::error::SearchError;
use crate::plan::{TypedWord, restricted, typed_words};
use crate::published::{Position, Published};
use crate::search::Filter;

/// Letters of a word from which on one error is forgiven, and two; shorter words are near too many others.
const ONE_ERROR_LETTERS_MIN: usize = 5;
const TWO_ERRORS_LETTERS_MIN: usize = 9;
const LETTERS_MAX: usize = 64;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorrectQuery {
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Correction {
    /// Absent where every word is known, or nothing is near.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(flatten)]
    pub position: Position,
}

pub fn correct(published: &Published, query: &CorrectQuery) -> Result<Correction, SearchError> {
    let mut changed = false;
    let mut words = Vec::new();
    for word in typed_words(&query.text, &published.fields, &published.tokenizers) {
        // Who puts words into quotes means them.
        let fine = word.quoted || is_known(published, &word)?;
        let better = if fine { None } else { nearest(published, &word.joined)? };
        changed |= better.is_some();
        let text = better.unwrap_or(word.text);
        words.push(if word.quoted { format!("\"{text}\"") } else { text });
    }
    Ok(Correction { text: changed.then(|| words.join(" ")), position: published.position })
}

/// Whether a package has the word, as a search reads it.
fn is_known(published: &Published, word: &TypedWord) -> Result<bool, SearchError> {
    let Some(query) = &word.query else { return Ok(true) };
    let query = restricted(query.box_clone(), &Filter::default(), &published.fields);
    Ok(word.is_stop_word || published.searcher.search(&query, &Count)? > 0)
}

/// The word with the fewest errors between; of several the one that most packages have, then the first.
fn nearest(published: &Published, typed: &str) -> Result<Option<String>, SearchError> {
    let letters: Vec<char> = typed.chars().collect();
    let errors_max = match letters.len() {
        0..ONE_ERROR_LETTERS_MIN => return Ok(None),
        ONE_ERROR_LETTERS_MIN..TWO_ERRORS_LETTERS_MIN => 1,
        TWO_ERRORS_LETTERS_MIN..=LETTERS_MAX => 2,
        _ => return Ok(None),
    };
    let mut near: Vec<(usize, String)> = Vec::new();
    for field in [published.fields.name, published.fields.topic] {
        for segment in published.searcher.segment_readers() {
            collect_near(segment, field, &letters, errors_max, &mut near)?;
        }
    }
    near.sort();
    near.dedup();
    let fewest = near.first().map(|(errors, _)| *errors);
    let mut best: Option<(u64, String)> = None;
    for (_, word) in near.into_iter().take_while(|(errors, _)| Some(*errors) == fewest) {
        let packages = packages_with(published, &word)?;
        if best.as_ref().is_none_or(|(most, _)| packages > *most) {
            best = Some((packages, word));
        }
    }
    Ok(best.map(|(_, word)| word))
}

/// Reads every word of the dictionary; nearly all are of the wrong length, which costs nothing.
fn collect_near(
    segment: &SegmentReader,
    field: Field,
    typed: &[char],
    errors_max: usize,
    near: &mut Vec<(usize, String)>,
) -> Result<(), SearchError> {
    let index = segment.inverted_index(field)?;
    let mut terms = index.terms().stream()?;
    // In bytes; a letter has up to four.
    let bytes_max = 4 * (typed.len() + errors_max);
    while terms.advance() {
        let key = terms.key();
        if key.len() + errors_max < typed.len() || key.len() > bytes_max {
            continue;
        }
        let Ok(word) = std::str::from_utf8(key) else { continue };
        let Some(errors) = errors_between(typed, &word.chars().collect::<Vec<_>>(), errors_max) else { continue };
        let mut postings = index.read_postings_from_terminfo(terms.value(), IndexRecordOption::Basic)?;
        // The last package that had the word may be gone.
        while postings.doc() != TERMINATED && segment.is_deleted(postings.doc()) {
            postings.advance();
        }
        if postings.doc() != TERMINATED {
            near.push((errors, word.to_owned()));
        }
    }
    Ok(())
}

fn packages_with(published: &Published, word: &str) -> Result<u64, SearchError> {
    let mut packages = 0;
    for field in [published.fields.name, published.fields.topic] {
        packages += published.searcher.doc_freq(&tantivy::Term::from_field_text(field, word))?;
    }
    Ok(packages)
}

/// Letters missing, too many, wrong or exchanged with their neighbour; a wrong first letter counts double, for people get that right.
/// Absent where there are more than `max`, or none.
fn errors_between(typed: &[char], word: &[char], max: usize) -> Option<usize> {
    if typed.len().abs_diff(word.len()) > max || word.is_empty() {
        return None;
    }
    let mut before_last = vec![0; word.len() + 1];
    let mut last: Vec<usize> = (0..=word.len()).collect();
    for (row, letter) in typed.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in word.iter().enumerate() {
            let exchanged = row > 0 && column > 0 && *letter == word[column - 1] && typed[row - 1] == *other;
            let wrong = last[column] + usize::from(letter != other);
            let mut errors = wrong.min(last[column + 1] + 1).min(current[column] + 1);
            if exchanged {
                errors = errors.min(before_last[column - 1] + 1);
            }
            current.push(errors);
        }
        if current.iter().min() > Some(&max) {
            return None;
        }
        before_last = last;
        last = current;
    }
    let errors = last[word.len()] + usize::from(typed.first() != word.first());
    (1..=max).contains(&errors).then_some(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_letters_missing_too_many_wrong_or_exchanged_and_the_first_counts_double() {
        let errors = |typed: &str, word: &str, max| {
            errors_between(&typed.chars().collect::<Vec<_>>(), &word.chars().collect::<Vec<_>>(), max)
        };
        assert_eq!(errors("parsr", "parser", 1), Some(1));
        assert_eq!(errors("parserr", "parser", 1), Some(1));
        assert_eq!(errors("parzer", "parser", 1), Some(1));
        assert_eq!(errors("praser", "parser", 1), Some(1));
        assert_eq!(errors("barser", "parser", 1), None);
        assert_eq!(errors("barser", "parser", 2), Some(2));
        assert_eq!(errors("apsrer", "parser", 2), None);
        assert_eq!(errors("parser", "parser", 2), None, "no error at all");
        assert_eq!(errors("parsing", "parser", 2), None);
    }
}
