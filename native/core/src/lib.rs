//! Full-text search of a package registry on tantivy, with its own threads and no Node in it.
//!
//! One [`SearchIndex`] owns a folder. Its owner feeds it changes in the order of the log; a single writer thread turns
//! them into commits that carry the log index they reflect, and publishes searcher and index together. A small pool of
//! threads answers searches. Every answer is given through a [`Reply`], from one of these threads.

mod correct;
mod directory;
mod document;
mod error;
mod facets;
mod folder;
mod generation;
mod index;
mod plan;
mod published;
mod queue;
mod rank;
mod reply;
mod schema;
mod search;
mod similar;
mod suggest;
mod tokenizer;
mod writer;

pub use correct::{CorrectQuery, Correction};
pub use document::{Change, Document};
pub use error::{Code, SearchError};
pub use facets::{Facet, FacetCounts, FacetQuery, FacetResult, FacetValue};
pub use index::{Options, SearchIndex};
pub use published::{DiscardReason, Discarded, Opened, Position, Stats};
pub use reply::Reply;
pub use search::{Cursor, Filter, Hit, Query, SearchResult};
pub use similar::{Similar, SimilarQuery};
pub use suggest::{SuggestQuery, Suggestions};
