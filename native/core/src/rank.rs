//! Order of hits: score descending, then name, then key. Exact matches add whole points to a relevance below 1, so they
//! are always first.

use std::cmp::Ordering;
use std::io;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::StrColumn;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentOrdinal, SegmentReader, TERMINATED, TantivyError, Term};

/// BM25 has no upper bound; s / (s + this) has.
const RELEVANCE_HALF: f32 = 10.0;
const EXACT_NAME_POINTS: f32 = 1.0;
const EXACT_KEY_POINTS: f32 = 2.0;

/// One hit with what orders it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    pub score: f32,
    /// See [`crate::document::order_of`].
    pub order: String,
}

impl Ranked {
    /// Best first.
    pub fn compare(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then_with(|| self.order.cmp(&other.order))
    }
}

/// The best hits behind a place, and how many match in all.
#[derive(Debug, Default, PartialEq)]
pub struct Ranking {
    pub hits: Vec<Ranked>,
    pub total: usize,
}

pub struct Ranker {
    pub limit: usize,
    pub after: Option<Ranked>,
    pub exact_key: Term,
    pub exact_name: Term,
    pub order_field: String,
}

impl Collector for Ranker {
    type Fruit = Ranking;
    type Child = SegmentRanker;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentRanker> {
        let order = segment
            .fast_fields()
            .str(&self.order_field)?
            .ok_or_else(|| TantivyError::SchemaError(format!("no column {}", self.order_field)))?;
        let after = match &self.after {
            None => None,
            Some(after) => Some((after.score, first_ordinal_after(&order, &after.order)?)),
        };
        Ok(SegmentRanker {
            exact_key: documents_with(segment, &self.exact_key)?,
            exact_name: documents_with(segment, &self.exact_name)?,
            order,
            after,
            limit: self.limit,
            best: Vec::new(),
            floor: None,
            total: 0,
            failure: None,
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Ranking>>) -> tantivy::Result<Ranking> {
        let mut merged = Ranking::default();
        for segment in segments {
            let segment = segment?;
            merged.total += segment.total;
            merged.hits.extend(segment.hits);
        }
        merged.hits.sort_by(Ranked::compare);
        merged.hits.truncate(self.limit);
        Ok(merged)
    }
}

/// Works on ordinals: inside one segment they sort as the strings do.
pub struct SegmentRanker {
    exact_key: Vec<DocId>,
    exact_name: Vec<DocId>,
    order: StrColumn,
    /// Score of the place, and the first ordinal that lies behind it at the same score.
    after: Option<(f32, u64)>,
    limit: usize,
    best: Vec<(f32, u64)>,
    /// The worst of the best, once there are `limit` of them.
    floor: Option<(f32, u64)>,
    total: usize,
    failure: Option<TantivyError>,
}

impl SegmentCollector for SegmentRanker {
    type Fruit = tantivy::Result<Ranking>;

    fn collect(&mut self, document: DocId, bm25: Score) {
        self.total += 1;
        let score = self.score(document, bm25);
        if self.floor.is_some_and(|(floor, _)| score < floor) || self.after.is_some_and(|(place, _)| score > place) {
            return;
        }
        let Some(ordinal) = self.order.ords().first(document) else {
            self.failure = Some(TantivyError::SchemaError(format!("document {document} has no order")));
            return;
        };
        if self.after.is_some_and(|(place, first)| score == place && ordinal < first) {
            return;
        }
        self.best.push((score, ordinal));
        if self.best.len() >= self.limit * 2 {
            self.prune();
        }
    }

    fn harvest(mut self) -> tantivy::Result<Ranking> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        self.best.sort_unstable_by(better);
        self.best.truncate(self.limit);
        let mut hits = Vec::with_capacity(self.best.len());
        for (score, ordinal) in self.best {
            let mut order = String::new();
            if !self.order.ord_to_str(ordinal, &mut order)? {
                return Err(io::Error::new(io::ErrorKind::InvalidData, format!("no order {ordinal}")).into());
            }
            hits.push(Ranked { score, order });
        }
        Ok(Ranking { hits, total: self.total })
    }
}

impl SegmentRanker {
    fn score(&self, document: DocId, bm25: Score) -> f32 {
        let relevance = bm25 / (bm25 + RELEVANCE_HALF);
        if self.exact_key.contains(&document) {
            EXACT_KEY_POINTS + relevance
        } else if self.exact_name.contains(&document) {
            EXACT_NAME_POINTS + relevance
        } else {
            relevance
        }
    }

    fn prune(&mut self) {
        self.best.select_nth_unstable_by(self.limit - 1, better);
        self.best.truncate(self.limit);
        self.floor = self.best.last().copied();
    }
}

fn better(left: &(f32, u64), right: &(f32, u64)) -> Ordering {
    right.0.total_cmp(&left.0).then_with(|| left.1.cmp(&right.1))
}

fn first_ordinal_after(order: &StrColumn, text: &str) -> tantivy::Result<u64> {
    use tantivy::columnar::TermOrdHit;
    Ok(match order.dictionary().term_ord_or_next(text.as_bytes())? {
        TermOrdHit::Exact(ordinal) => ordinal + 1,
        TermOrdHit::Next(ordinal) => ordinal,
    })
}

/// Few: as many as packages share a folded name.
fn documents_with(segment: &SegmentReader, term: &Term) -> tantivy::Result<Vec<DocId>> {
    let mut found = Vec::new();
    let index = segment.inverted_index(term.field())?;
    if let Some(mut postings) = index.read_postings(term, IndexRecordOption::Basic)? {
        while postings.doc() != TERMINATED {
            found.push(postings.doc());
            postings.advance();
        }
    }
    Ok(found)
}
