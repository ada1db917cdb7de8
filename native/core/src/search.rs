use serde::{Deserialize, Serialize};
use tantivy::Term;
use tantivy::query::{BooleanQuery, ConstScoreQuery, Occur, Query as TantivyQuery, TermQuery};
use tantivy::schema::IndexRecordOption;

use crate::document::{key_of_order, order_of};
use crate::error::{Code, SearchError};
use crate::plan::{Plan, restricted};
use crate::published::{Position, Published};
use crate::rank::{Ranked, Ranker, Ranking};

pub const HITS_MAX: usize = 1_000;
const FILTER_VALUES_MAX: usize = 64;

/// See `SearchQuery` in src/search/search-index.ts.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Query {
    pub text: String,
    #[serde(default)]
    pub filter: Filter,
    pub limit: usize,
    #[serde(default)]
    pub after: Option<Cursor>,
}

/// Each list is any-of, the lists are all-of; an empty list filters nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    pub kinds: Vec<String>,
    pub namespaces: Vec<String>,
    pub keywords: Vec<String>,
    pub categories: Vec<String>,
    pub authors: Vec<String>,
    pub licenses: Vec<String>,
    pub languages: Vec<String>,
    pub capabilities: Vec<String>,
}

/// The last hit seen.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Cursor {
    pub score: f64,
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    pub key: String,
    pub score: f32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SearchResult {
    pub hits: Vec<Hit>,
    pub total: usize,
    #[serde(flatten)]
    pub position: Position,
    /// There are hits behind the last one here.
    pub more: bool,
    pub relaxed: bool,
}

impl Query {
    pub fn check(&self) -> Result<(), SearchError> {
        if self.limit == 0 || self.limit > HITS_MAX {
            return Err(SearchError::new(Code::Invalid, format!("limit {} is not 1 to {HITS_MAX}", self.limit)));
        }
        self.filter.check()
    }
}

impl Filter {
    pub fn check(&self) -> Result<(), SearchError> {
        let lists = [
            &self.kinds,
            &self.namespaces,
            &self.keywords,
            &self.categories,
            &self.authors,
            &self.licenses,
            &self.languages,
            &self.capabilities,
        ];
        if let Some(list) = lists.into_iter().find(|list| list.len() > FILTER_VALUES_MAX) {
            let message = format!("a filter names {} values, at most {FILTER_VALUES_MAX} are allowed", list.len());
            return Err(SearchError::new(Code::Invalid, message));
        }
        Ok(())
    }
}

/// Runs on a thread of the pool, against one published state.
pub fn search(published: &Published, query: &Query) -> Result<SearchResult, SearchError> {
    query.check()?;
    let plan = Plan::new(&query.text, &published.fields, &published.tokenizers);
    let mut ranking = run(published, query, &plan, plan.strict(&published.fields))?;
    let mut relaxed = false;
    if ranking.total == 0
        && let Some(wider) = plan.relaxed()
    {
        ranking = run(published, query, &plan, wider)?;
        relaxed = ranking.total > 0;
    }
    let more = ranking.hits.len() > query.limit;
    ranking.hits.truncate(query.limit);
    let total = ranking.total;
    Ok(SearchResult { hits: hits_of(ranking), total, position: published.position, more, relaxed })
}

pub fn hits_of(ranking: Ranking) -> Vec<Hit> {
    let hits = ranking.hits.into_iter();
    hits.map(|hit| Hit { key: key_of_order(&hit.order).to_owned(), score: hit.score }).collect()
}

/// What a text finds where its words are read as `words`.
pub fn matching(
    published: &Published,
    plan: &Plan,
    filter: &Filter,
    words: Box<dyn TantivyQuery>,
) -> Box<dyn TantivyQuery> {
    let fields = &published.fields;
    // An exact match is a hit even where its parts, taken as words, would not be one.
    let mut clauses = vec![(Occur::Should, words)];
    if !plan.is_blank() {
        for field in [fields.exact_key, fields.exact_name] {
            let exact = TermQuery::new(Term::from_field_text(field, &plan.folded), IndexRecordOption::Basic);
            clauses.push((Occur::Should, Box::new(ConstScoreQuery::new(Box::new(exact), 0.0))));
        }
    }
    restricted(Box::new(BooleanQuery::new(clauses)), filter, fields)
}

fn run(
    published: &Published,
    query: &Query,
    plan: &Plan,
    words: Box<dyn TantivyQuery>,
) -> Result<Ranking, SearchError> {
    let fields = &published.fields;
    let exact_key = Term::from_field_text(fields.exact_key, &plan.folded);
    let exact_name = Term::from_field_text(fields.exact_name, &plan.folded);
    let matching = matching(published, plan, &query.filter, words);
    let ranker = Ranker {
        // One more than wanted tells whether there is another page.
        limit: query.limit + 1,
        after: query.after.as_ref().map(|after| Ranked { score: after.score as f32, order: order_of(&after.key) }),
        exact_key,
        exact_name,
        order_field: "order".to_owned(),
    };
    Ok(published.searcher.search(&matching, &ranker)?)
}
