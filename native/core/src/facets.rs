//! How the packages that a query finds are spread over kinds, keywords and so on.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::error::{Code, SearchError};
use crate::plan::Plan;
use crate::published::{Position, Published};
use crate::search::{Filter, matching};

const VALUES_MAX: usize = 1_000;

/// Named as the lists of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    Kinds,
    Namespaces,
    Keywords,
    Categories,
    Authors,
    Licenses,
    Languages,
    Capabilities,
}

impl Facet {
    fn column(self) -> &'static str {
        match self {
            Facet::Kinds => "kind",
            Facet::Namespaces => "namespace",
            Facet::Keywords => "keyword",
            Facet::Categories => "category",
            Facet::Authors => "author",
            Facet::Licenses => "license",
            Facet::Languages => "language",
            Facet::Capabilities => "capability",
        }
    }
}

/// See `FacetQuery` in src/search/search-index.ts.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FacetQuery {
    pub text: String,
    #[serde(default)]
    pub filter: Filter,
    pub facets: Vec<Facet>,
    pub limit: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FacetValue {
    pub value: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FacetCounts {
    pub facet: Facet,
    pub values: Vec<FacetValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FacetResult {
    pub facets: Vec<FacetCounts>,
    pub total: u64,
    pub relaxed: bool,
    #[serde(flatten)]
    pub position: Position,
}

/// Counts over what a search of the same text and filter finds.
pub fn facets(published: &Published, query: &FacetQuery) -> Result<FacetResult, SearchError> {
    let limit = query.limit;
    if limit == 0 || limit > VALUES_MAX {
        return Err(SearchError::new(Code::Invalid, format!("limit {limit} is not 1 to {VALUES_MAX}")));
    }
    query.filter.check()?;
    let plan = Plan::new(&query.text, &published.fields, &published.tokenizers);
    let counter = Counter { facets: query.facets.clone() };
    let count = |words| published.searcher.search(&matching(published, &plan, &query.filter, words), &counter);
    let mut counted = count(plan.strict(&published.fields))?;
    let mut relaxed = false;
    if counted.total == 0
        && let Some(wider) = plan.relaxed()
    {
        counted = count(wider)?;
        relaxed = counted.total > 0;
    }
    let facets = query
        .facets
        .iter()
        .zip(counted.values)
        .map(|(facet, spellings)| FacetCounts { facet: *facet, values: ranked(spellings, limit) });
    Ok(FacetResult { facets: facets.collect(), total: counted.total, relaxed, position: published.position })
}

/// Packages by value as it is written.
type Spellings = HashMap<String, u64>;

/// Spellings of one value together under the most frequent one; most packages first, then by value.
fn ranked(spellings: Spellings, limit: usize) -> Vec<FacetValue> {
    let mut sorted: Vec<(String, u64)> = spellings.into_iter().collect();
    sorted.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    let mut together: HashMap<String, FacetValue> = HashMap::new();
    for (value, count) in sorted {
        let shown = together.entry(value.to_lowercase()).or_insert(FacetValue { value, count: 0 });
        shown.count += count;
    }
    let mut values: Vec<(String, FacetValue)> = together.into_iter().collect();
    values.sort_by(|left, right| right.1.count.cmp(&left.1.count).then_with(|| left.0.cmp(&right.0)));
    values.truncate(limit);
    values.into_iter().map(|(_, value)| value).collect()
}

struct Counter {
    facets: Vec<Facet>,
}

#[derive(Default)]
struct Counted {
    total: u64,
    /// One for each facet.
    values: Vec<Spellings>,
}

impl Collector for Counter {
    type Fruit = Counted;
    type Child = SegmentCounter;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentCounter> {
        let mut columns = Vec::with_capacity(self.facets.len());
        for facet in &self.facets {
            // A segment in which no package has such a value has no column.
            let column = segment.fast_fields().str(facet.column())?;
            let counts = vec![0; column.as_ref().map_or(0, |column| column.num_terms())];
            columns.push((column, counts));
        }
        Ok(SegmentCounter { total: 0, columns })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Counted>>) -> tantivy::Result<Counted> {
        let mut merged = Counted { total: 0, values: vec![Spellings::new(); self.facets.len()] };
        for segment in segments {
            let segment = segment?;
            merged.total += segment.total;
            for (all, some) in merged.values.iter_mut().zip(segment.values) {
                for (value, count) in some {
                    *all.entry(value).or_default() += count;
                }
            }
        }
        Ok(merged)
    }
}

/// Works on ordinals, and reads only those values that occur.
struct SegmentCounter {
    total: u64,
    columns: Vec<(Option<StrColumn>, Vec<u32>)>,
}

impl SegmentCollector for SegmentCounter {
    type Fruit = tantivy::Result<Counted>;

    fn collect(&mut self, document: DocId, _: Score) {
        self.total += 1;
        for (column, counts) in &mut self.columns {
            let Some(column) = column else { continue };
            for ordinal in column.ords().values_for_doc(document) {
                counts[ordinal as usize] += 1;
            }
        }
    }

    fn harvest(self) -> tantivy::Result<Counted> {
        let mut values = Vec::with_capacity(self.columns.len());
        for (column, counts) in self.columns {
            let mut spellings = Spellings::new();
            if let Some(column) = column {
                for (ordinal, count) in counts.into_iter().enumerate().filter(|(_, count)| *count > 0) {
                    let mut value = String::new();
                    column.ord_to_str(ordinal as u64, &mut value)?;
                    spellings.insert(value, u64::from(count));
                }
            }
            values.push(spellings);
        }
        Ok(Counted { total: self.total, values })
    }
}
