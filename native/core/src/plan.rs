//! From text as a person types it to a tantivy query. There is no syntax to get wrong: words are all-of, the last one
//! also matches as a beginning, words in quotes stand side by side, English stop words do not narrow.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, InvertedIndexRangeQuery,
    Occur, PhraseQuery, Query as TantivyQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::{TextAnalyzer, TokenStream, TokenizerManager};

use crate::document::fold_name;
use crate::schema::Fields;
use crate::search::Filter;
use crate::tokenizer::{ENGLISH, NAME_PARTS};

const QUERY_BYTES_MAX: usize = 1_024;
const QUERY_WORDS_MAX: usize = 16;
/// Letters from which on the last word is also a beginning: one letter would match half of everything.
const PREFIX_LETTERS_MIN: usize = 2;

const NAME_BOOST: f32 = 6.0;
const TOPIC_BOOST: f32 = 3.0;
/// Added to an exact hit on the joined form over hits on its parts.
const JOINED_BOOST: f32 = 1.5;
/// Score of a match by beginning, below that of nearly any whole word.
const PREFIX_SCORE: f32 = 0.5;
/// Added where the whole name begins with the whole text: `lod` means lodash before babel-plugin-lodash.
const NAME_BEGINS_SCORE: f32 = 2.0;

type Clause = (Occur, Box<dyn TantivyQuery>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    quoted: bool,
}

/// A query text, analysed.
pub struct Plan {
    /// The whole text as it would be a name, for exact matches.
    pub folded: String,
    clauses: Vec<WordClause>,
    /// Text that has nothing searchable in it finds nothing; no text at all finds everything.
    blank: bool,
}

struct WordClause {
    query: Box<dyn TantivyQuery>,
    is_stop_word: bool,
}

impl Plan {
    pub fn new(text: &str, fields: &Fields, tokenizers: &TokenizerManager) -> Self {
        let text = truncated(text.trim());
        let words = words(text);
        let mut planner = Planner { fields, analyzers: Analyzers::new(tokenizers) };
        let last = words.len().saturating_sub(1);
        let clauses = words.iter().enumerate().filter_map(|(at, word)| planner.word(word, at == last)).collect();
        Self { folded: folded(text), clauses, blank: text.is_empty() }
    }

    /// True when every package is meant.
    pub fn is_blank(&self) -> bool {
        self.blank
    }

    /// Every word that narrows must match.
    pub fn strict(&self, fields: &Fields) -> Box<dyn TantivyQuery> {
        let only_stop_words = self.clauses.iter().all(|clause| clause.is_stop_word);
        if self.blank {
            return Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0));
        }
        if self.clauses.is_empty() {
            return Box::new(EmptyQuery);
        }
        let occur = |clause: &WordClause| match clause.is_stop_word && !only_stop_words {
            true => Occur::Should,
            false => Occur::Must,
        };
        let words = self.clauses.iter().map(|clause| (occur(clause), clause.query.box_clone())).collect();
        let mut clauses: Vec<Clause> = vec![(Occur::Must, Box::new(BooleanQuery::new(words)))];
        if self.folded.chars().count() >= PREFIX_LETTERS_MIN {
            clauses.push((Occur::Should, beginning(fields.exact_name, &self.folded, NAME_BEGINS_SCORE)));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    /// Any word that narrows may match. Absent when this would be the same as [`Plan::strict`].
    pub fn relaxed(&self) -> Option<Box<dyn TantivyQuery>> {
        let narrowing = self.clauses.iter().filter(|clause| !clause.is_stop_word).count();
        let candidates = if narrowing > 0 { narrowing } else { self.clauses.len() };
        if candidates < 2 {
            return None;
        }
        let clauses = self.clauses.iter().filter(|clause| narrowing == 0 || !clause.is_stop_word);
        Some(Box::new(BooleanQuery::new(clauses.map(|clause| (Occur::Should, clause.query.box_clone())).collect())))
    }
}

/// One word of a text, and what it means to a search.
pub struct TypedWord {
    pub text: String,
    pub quoted: bool,
    /// Its letters and digits, as names have them.
    pub joined: String,
    /// Absent where it has no letter and no digit.
    pub query: Option<Box<dyn TantivyQuery>>,
    pub is_stop_word: bool,
}

pub fn typed_words(text: &str, fields: &Fields, tokenizers: &TokenizerManager) -> Vec<TypedWord> {
    let words = words(truncated(text.trim()));
    let mut planner = Planner { fields, analyzers: Analyzers::new(tokenizers) };
    let last = words.len().saturating_sub(1);
    let mut typed = Vec::with_capacity(words.len());
    for (at, word) in words.into_iter().enumerate() {
        let parts = tokens(&mut planner.analyzers.parts, &word.text).into_iter();
        let joined = parts.map(|(_, part)| part).collect();
        let clause = planner.word(&word, at == last);
        let is_stop_word = clause.as_ref().is_some_and(|clause| clause.is_stop_word);
        let query = clause.map(|clause| clause.query);
        typed.push(TypedWord { text: word.text, quoted: word.quoted, joined, query, is_stop_word });
    }
    typed
}

impl Analyzers {
    fn new(tokenizers: &TokenizerManager) -> Self {
        Self {
            parts: tokenizers.get(NAME_PARTS).expect("registered with every index"),
            english: tokenizers.get(ENGLISH).expect("registered with every index"),
        }
    }
}

struct Analyzers {
    parts: TextAnalyzer,
    english: TextAnalyzer,
}

struct Planner<'a> {
    fields: &'a Fields,
    analyzers: Analyzers,
}

impl Planner<'_> {
    /// Absent when the word has no letter and no digit.
    fn word(&mut self, word: &Word, is_last: bool) -> Option<WordClause> {
        let parts: Vec<String> = tokens(&mut self.analyzers.parts, &word.text).into_iter().map(|it| it.1).collect();
        let english = tokens(&mut self.analyzers.english, &word.text);
        if parts.is_empty() {
            return None;
        }
        let fields = self.fields;
        let mut clauses: Vec<Clause> = Vec::new();
        for (field, boost) in [(fields.name, NAME_BOOST), (fields.topic, TOPIC_BOOST)] {
            let query = if word.quoted { phrase_of(field, &parts) } else { parts_in(field, &parts, is_last) };
            clauses.push((Occur::Should, Box::new(BoostQuery::new(query, boost))));
        }
        if !english.is_empty() {
            let query = if word.quoted {
                phrase(fields.description, &english)
            } else {
                all_of(english.iter().map(|(_, text)| term(fields.description, text)).collect())
            };
            clauses.push((Occur::Should, query));
        }
        Some(WordClause { query: Box::new(BooleanQuery::new(clauses)), is_stop_word: english.is_empty() })
    }
}

/// All parts, or their joined form; with `prefix`, the last part (or the joined form) may be a beginning only.
fn parts_in(field: Field, parts: &[String], prefix: bool) -> Box<dyn TantivyQuery> {
    let exact = || all_of(parts.iter().map(|part| term(field, part)).collect());
    let joined: String = parts.concat();
    let mut readings: Vec<Box<dyn TantivyQuery>> = vec![exact()];
    if parts.len() > 1 {
        readings.push(Box::new(BoostQuery::new(term(field, &joined), JOINED_BOOST)));
    }
    if prefix && joined.chars().count() >= PREFIX_LETTERS_MIN {
        readings.push(beginning(field, &joined, PREFIX_SCORE));
        if let [before @ .., last] = parts
            && !before.is_empty()
        {
            let mut all: Vec<_> = before.iter().map(|part| term(field, part)).collect();
            all.push(beginning(field, last, PREFIX_SCORE));
            readings.push(all_of(all));
        }
    }
    // The best reading counts, not their sum: the last word weighs no more than the others for being a beginning too.
    Box::new(DisjunctionMaxQuery::new(readings))
}

fn phrase_of(field: Field, parts: &[String]) -> Box<dyn TantivyQuery> {
    let positioned: Vec<(usize, String)> = parts.iter().cloned().enumerate().collect();
    phrase(field, &positioned)
}

fn phrase(field: Field, tokens: &[(usize, String)]) -> Box<dyn TantivyQuery> {
    if let [(_, only)] = tokens {
        return term(field, only);
    }
    let terms = tokens.iter().map(|(at, text)| (*at, Term::from_field_text(field, text))).collect();
    Box::new(PhraseQuery::new_with_offset(terms))
}

fn term(field: Field, text: &str) -> Box<dyn TantivyQuery> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::WithFreqs))
}

/// Every term that starts with `prefix`; all score alike, so that the rarest completion does not win.
fn beginning(field: Field, prefix: &str, score: f32) -> Box<dyn TantivyQuery> {
    let lower = Bound::Included(Term::from_field_text(field, prefix));
    // The greatest character follows whatever can come after the prefix.
    let upper = Bound::Excluded(Term::from_field_text(field, &format!("{prefix}{}", char::MAX)));
    let range = InvertedIndexRangeQuery::new(lower, upper);
    Box::new(ConstScoreQuery::new(Box::new(range), score))
}

fn all_of(mut queries: Vec<Box<dyn TantivyQuery>>) -> Box<dyn TantivyQuery> {
    if queries.len() == 1 {
        return queries.remove(0);
    }
    Box::new(BooleanQuery::new(queries.into_iter().map(|query| (Occur::Must, query)).collect()))
}

/// Restricts `query` to packages that are not yanked and pass `filter`, without touching scores.
pub fn restricted(query: Box<dyn TantivyQuery>, filter: &Filter, fields: &Fields) -> Box<dyn TantivyQuery> {
    let yanked = TermQuery::new(Term::from_field_bool(fields.yanked, true), IndexRecordOption::Basic);
    let mut clauses: Vec<Clause> = vec![(Occur::Must, query), (Occur::MustNot, Box::new(yanked))];
    let lists = [
        (fields.kind, &filter.kinds),
        (fields.namespace, &filter.namespaces),
        (fields.keyword, &filter.keywords),
        (fields.category, &filter.categories),
        (fields.author, &filter.authors),
        (fields.license, &filter.licenses),
        (fields.language, &filter.languages),
        (fields.capability, &filter.capabilities),
    ];
    for (field, values) in lists {
        if values.is_empty() {
            continue;
        }
        let any = values
            .iter()
            .map(|value| {
                let term = Term::from_field_text(field, &value.to_lowercase());
                (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn TantivyQuery>)
            })
            .collect();
        let any = ConstScoreQuery::new(Box::new(BooleanQuery::new(any)), 0.0);
        clauses.push((Occur::Must, Box::new(any)));
    }
    Box::new(BooleanQuery::new(clauses))
}

pub fn tokens(analyzer: &mut TextAnalyzer, text: &str) -> Vec<(usize, String)> {
    let mut stream = analyzer.token_stream(text);
    let mut found = Vec::new();
    while stream.advance() {
        found.push((stream.token().position, stream.token().text.clone()));
    }
    found
}

fn truncated(text: &str) -> &str {
    let mut end = text.len().min(QUERY_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// [`folded`], of a text as long as a query may be.
pub fn name_of(text: &str) -> String {
    folded(truncated(text.trim()))
}

/// What the text would be as a name: `@acme/Web_Kit` → `acme/web-kit`, `web kit` → `web-kit`.
fn folded(text: &str) -> String {
    let plain = text.trim_matches('"').trim().trim_start_matches('@');
    fold_name(&plain.split_whitespace().collect::<Vec<_>>().join("-"))
}

/// Words between blanks; a quoted run is one. A quote that is never closed is a blank.
fn words(text: &str) -> Vec<Word> {
    let text = text.replace(['“', '”', '„'], "\"");
    let pieces: Vec<&str> = text.split('"').collect();
    let closed = pieces.len() - (pieces.len() + 1) % 2;
    let mut found = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let quoted = at % 2 == 1 && at < closed;
        if quoted {
            found.push(Word { text: (*piece).to_owned(), quoted });
        } else {
            found.extend(piece.split_whitespace().map(|word| Word { text: word.to_owned(), quoted }));
        }
    }
    found.truncate(QUERY_WORDS_MAX);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Vec<(String, bool)> {
        words(text).into_iter().map(|word| (word.text, word.quoted)).collect()
    }

    fn expected(words: &[(&str, bool)]) -> Vec<(String, bool)> {
        words.iter().map(|(text, quoted)| ((*text).to_owned(), *quoted)).collect()
    }

    #[test]
    fn quoted_runs_are_one_word_and_an_unclosed_quote_is_a_blank() {
        assert_eq!(plain(r#"a "b c" d"#), expected(&[("a", false), ("b c", true), ("d", false)]));
        assert_eq!(plain(r#"a "b c"#), expected(&[("a", false), ("b", false), ("c", false)]));
        assert_eq!(plain("“b c”"), expected(&[("b c", true)]));
        assert_eq!(plain(r#"""#), expected(&[]));
        assert_eq!(plain(r#""""#), expected(&[("", true)]));
        assert_eq!(plain(""), expected(&[]));
    }

    #[test]
    fn a_text_is_cut_at_a_character_and_words_at_their_limit() {
        assert_eq!(truncated(&"é".repeat(600)).len(), QUERY_BYTES_MAX);
        assert_eq!(truncated(&format!("a{}", "é".repeat(600))).len(), QUERY_BYTES_MAX - 1);
        assert_eq!(words(&"w ".repeat(40)).len(), QUERY_WORDS_MAX);
    }

    #[test]
    fn a_text_folds_to_the_name_it_would_be() {
        assert_eq!(folded("@Acme/Web_Kit"), "acme/web-kit");
        assert_eq!(folded("web  kit"), "web-kit");
        assert_eq!(folded(r#""web kit""#), "web-kit");
    }
}
