use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::Serialize;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{Searcher, SegmentReader};

use crate::error::SearchError;
use crate::reply::Reply;
use crate::schema::Fields;

/// Why what the folder held could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DiscardReason {
    Absent,
    Schema,
    History,
    Damaged,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Discarded {
    pub reason: DiscardReason,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Position {
    pub applied_index: u64,
    pub generation: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    #[serde(flatten)]
    pub position: Position,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discarded: Option<Discarded>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stats {
    #[serde(flatten)]
    pub position: Position,
    pub documents: u64,
    pub segments: u64,
    pub submitted_index: u64,
    pub pending_changes: u64,
    pub queued_bytes: u64,
    pub searches_queued: u64,
    pub searches_refused: u64,
    pub commits: u64,
    pub writer_restarts: u64,
    pub rebuilding: bool,
}

/// Searcher and the log index it reflects: replaced together, never one without the other.
pub struct Published {
    pub searcher: Searcher,
    pub fields: Fields,
    pub tokenizers: TokenizerManager,
    pub position: Position,
}

/// What the writer thread shows to the others.
#[derive(Default)]
pub struct Shared {
    published: RwLock<Option<Arc<Published>>>,
    /// Why changes are refused until a rebuild.
    failure: Mutex<Option<SearchError>>,
    /// Who waits for room in the writer's queue: at most one.
    pub room: Mutex<Option<Reply<()>>>,
    pub submitted_index: AtomicU64,
    pub pending_changes: AtomicU64,
    pub searches_refused: AtomicU64,
    pub commits: AtomicU64,
    pub writer_restarts: AtomicU64,
    pub rebuilding: AtomicBool,
}

impl Shared {
    pub fn published(&self) -> Option<Arc<Published>> {
        self.published.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn publish(&self, published: Published) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(published));
    }

    /// Releases searcher and files.
    pub fn withdraw(&self) {
        *self.published.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub fn failure(&self) -> Option<SearchError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_failure(&self, failure: Option<SearchError>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    pub fn stats(&self, queued_bytes: usize, searches_queued: usize) -> Stats {
        let published = self.published();
        let readers = published.as_ref().map_or(&[][..], |published| published.searcher.segment_readers());
        let count = |value: &AtomicU64| value.load(Ordering::Relaxed);
        Stats {
            position: published.as_ref().map_or(Position { applied_index: 0, generation: 0 }, |it| it.position),
            documents: readers.iter().map(SegmentReader::num_docs).map(u64::from).sum(),
            segments: readers.len() as u64,
            submitted_index: count(&self.submitted_index),
            pending_changes: count(&self.pending_changes),
            queued_bytes: queued_bytes as u64,
            searches_queued: searches_queued as u64,
            searches_refused: count(&self.searches_refused),
            commits: count(&self.commits),
            writer_restarts: count(&self.writer_restarts),
            rebuilding: self.rebuilding.load(Ordering::Relaxed),
        }
    }
}
