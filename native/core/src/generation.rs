use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError};
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy, NoMergePolicy, UserOperation};
use tantivy::{Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError};

use crate::directory::DurableDirectory;
use crate::document::Change;
use crate::error::SearchError;
use crate::published::DiscardReason;
use crate::reply::guarded;
use crate::schema::{Fields, SCHEMA_VERSION, schema};
use crate::tokenizer;

/// Share of deleted documents in a segment above which it is merged.
const DELETED_RATIO_MAX: f32 = 0.2;
/// Segments below this many documents count as equally small when merges are chosen.
const LAYER_DOCUMENTS_MIN: u32 = 2_000;

/// What each commit says of itself. Log index and history determine the term of the entry, so it is not repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    pub schema_version: u32,
    pub history_id: String,
    /// Log index up to which every change is in.
    pub applied_index: u64,
    /// Commits of this generation folder so far.
    pub commits: u32,
}

/// Why an index folder was not opened.
pub enum OpenFailure {
    /// It is of no use; start anew and rebuild.
    Discard(DiscardReason, String),
    /// It may be fine, but cannot be had now.
    Refused(SearchError),
}

/// One generation folder: a tantivy index with its single writer.
pub struct Generation {
    pub number: u64,
    pub fields: Fields,
    pub payload: Payload,
    index: Index,
    reader: IndexReader,
    /// Absent after a failure that a second attempt did not cure.
    writer: Option<IndexWriter>,
    writer_memory_bytes: usize,
}

impl Generation {
    pub fn create(path: &Path, number: u64, history_id: &str, memory_bytes: usize) -> Result<Self, SearchError> {
        let (schema, fields) = schema();
        let directory = DurableDirectory::open(path).map_err(TantivyError::from)?;
        let index = Index::create(directory, schema, IndexSettings::default())?;
        let payload =
            Payload { schema_version: SCHEMA_VERSION, history_id: history_id.to_owned(), applied_index: 0, commits: 0 };
        let mut generation = Self::assemble(index, number, fields, payload, memory_bytes)?;
        generation.commit(0)?;
        Ok(generation)
    }

    pub fn open(path: &Path, number: u64, history_id: &str, memory_bytes: usize) -> Result<Self, OpenFailure> {
        let opened = guarded("opening the index", || Ok(Self::try_open(path, number, history_id, memory_bytes)));
        // A panic inside tantivy on bytes it did not expect is damage like any other.
        opened.unwrap_or_else(|panic| Err(OpenFailure::Discard(DiscardReason::Damaged, panic.message)))
    }

    fn try_open(path: &Path, number: u64, history_id: &str, memory_bytes: usize) -> Result<Self, OpenFailure> {
        let discard = |reason, message: String| Err(OpenFailure::Discard(reason, message));
        let directory = DurableDirectory::open(path).map_err(|error| judge(error.into()))?;
        let index = Index::open(directory).map_err(judge)?;
        let (schema, fields) = schema();
        let text = index.load_metas().map_err(judge)?.payload.unwrap_or_default();
        let Ok(payload) = serde_json::from_str::<Payload>(&text) else {
            return discard(DiscardReason::Damaged, format!("the last commit has no readable payload: {text:?}"));
        };
        if payload.schema_version != SCHEMA_VERSION || index.schema() != schema {
            let found = payload.schema_version;
            return discard(
                DiscardReason::Schema,
                format!("the index has schema {found}, this build has {SCHEMA_VERSION}"),
            );
        }
        if payload.history_id != history_id {
            let found = &payload.history_id;
            return discard(
                DiscardReason::History,
                format!("the index belongs to history {found}, the state to {history_id}"),
            );
        }
        let damaged = index.validate_checksum().map_err(judge)?;
        if !damaged.is_empty() {
            let mut names: Vec<String> = damaged.iter().map(|path| path.display().to_string()).collect();
            names.sort();
            return discard(DiscardReason::Damaged, format!("checksum mismatch in {}", names.join(", ")));
        }
        tokenizer::register(index.tokenizers());
        // A restart is a published state of its own: merges since the last commit may have moved scores.
        let payload = Payload { commits: payload.commits + 1, ..payload };
        Self::assemble_tantivy(index, number, fields, payload, memory_bytes).map_err(judge)
    }

    fn assemble(
        index: Index,
        number: u64,
        fields: Fields,
        payload: Payload,
        memory_bytes: usize,
    ) -> Result<Self, SearchError> {
        tokenizer::register(index.tokenizers());
        Ok(Self::assemble_tantivy(index, number, fields, payload, memory_bytes)?)
    }

    fn assemble_tantivy(
        index: Index,
        number: u64,
        fields: Fields,
        payload: Payload,
        writer_memory_bytes: usize,
    ) -> Result<Self, TantivyError> {
        let writer = open_writer(&index, writer_memory_bytes)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { number, fields, payload, index, reader, writer: Some(writer), writer_memory_bytes })
    }

    /// Counts published states; grows from folder to folder and from commit to commit.
    pub fn sequence(&self) -> u64 {
        (self.number << 32) | u64::from(self.payload.commits)
    }

    pub fn index(&self) -> &Index {
        &self.index
    }

    pub fn searcher(&self) -> Searcher {
        self.reader.searcher()
    }

    /// Delete and add of one package are one operation: no commit can fall between them.
    pub fn apply(&mut self, changes: &[Change]) -> Result<(), SearchError> {
        let mut operations = Vec::with_capacity(changes.len() * 2);
        for change in changes {
            operations.push(UserOperation::Delete(self.fields.key_term(change.key())));
            if let Change::Upsert { document } = change {
                operations.push(UserOperation::Add(self.fields.to_tantivy(document)));
            }
        }
        self.writer()?.run(operations)?;
        Ok(())
    }

    /// Durable when it returns; the reader then sees it.
    pub fn commit(&mut self, applied_index: u64) -> Result<(), SearchError> {
        let payload = Payload { applied_index, commits: self.payload.commits + 1, ..self.payload.clone() };
        let text = serde_json::to_string(&payload).map_err(io::Error::from)?;
        let mut prepared = self.writer()?.prepare_commit()?;
        prepared.set_payload(&text);
        prepared.commit()?;
        self.payload = payload;
        self.reader.reload()?;
        Ok(())
    }

    /// Merges all segments into one, which leaves deleted documents behind. Everything is committed before.
    pub fn optimize(&mut self) -> Result<(), SearchError> {
        let writer = self.writer.take().ok_or_else(SearchError::writer_gone)?;
        // A segment is in one merge at a time: those that are under way end first.
        writer.wait_merging_threads()?;
        self.writer = Some(open_writer(&self.index, self.writer_memory_bytes)?);
        let segments = self.index.searchable_segment_ids()?;
        let wasteful = self.searcher().segment_readers().iter().any(|segment| segment.num_deleted_docs() > 0);
        if segments.len() > 1 || wasteful {
            self.writer()?.merge(&segments).wait()?;
        }
        self.commit(self.payload.applied_index)
    }

    /// Drops the writer with everything since the last commit, and opens another.
    pub fn restart_writer(&mut self) -> Result<(), SearchError> {
        // The old one first: it holds the lock.
        self.writer = None;
        self.writer = Some(open_writer(&self.index, self.writer_memory_bytes)?);
        Ok(())
    }

    /// Lets a merge that is under way end, so that nothing is written to the folder any more, and begins no other. Dropping an
    /// `IndexWriter` joins its indexing thread and not those that merge. A merge that takes longer than `wait` ends in the
    /// background and holds the lock until then.
    pub fn close(mut self, wait: Duration) {
        let Some(writer) = self.writer.take() else { return };
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let (ended, end) = mpsc::channel();
        let waiting = thread::Builder::new().name("search-close".to_owned()).spawn(move || {
            // What an indexing thread failed with was told when it did.
            let _ = writer.wait_merging_threads();
            let _ = ended.send(());
        });
        if waiting.is_ok() {
            let _ = end.recv_timeout(wait);
        }
    }

    pub fn drop_writer(&mut self) {
        self.writer = None;
    }

    fn writer(&mut self) -> Result<&mut IndexWriter, SearchError> {
        self.writer.as_mut().ok_or_else(SearchError::writer_gone)
    }
}

fn open_writer(index: &Index, memory_bytes: usize) -> Result<IndexWriter, TantivyError> {
    // One worker: documents get their ids in the order of the changes, so scores and ties are the same in every run.
    let options = IndexWriterOptions::builder()
        .num_worker_threads(1)
        .num_merge_threads(1)
        .memory_budget_per_thread(memory_bytes)
        .build();
    let writer: IndexWriter<TantivyDocument> = index.writer_with_options(options)?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(DELETED_RATIO_MAX);
    policy.set_min_layer_size(LAYER_DOCUMENTS_MIN);
    writer.set_merge_policy(Box::new(policy));
    Ok(writer)
}

/// Damage is cured by a rebuild. A lock, a missing permission or exhausted file handles are not, and must not cost the
/// index.
fn judge(error: TantivyError) -> OpenFailure {
    let refused = match &error {
        TantivyError::LockFailure(LockError::LockBusy, _) => true,
        TantivyError::IoError(cause) => is_refusal(cause),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. }) => is_refusal(io_error),
        _ => false,
    };
    if refused {
        OpenFailure::Refused(error.into())
    } else {
        OpenFailure::Discard(DiscardReason::Damaged, error.to_string())
    }
}

fn is_refusal(error: &io::Error) -> bool {
    const NO_MEMORY: i32 = 12;
    const TOO_MANY_OPEN_FILES: [i32; 2] = [23, 24];
    error.kind() == io::ErrorKind::PermissionDenied
        || error.raw_os_error().is_some_and(|code| code == NO_MEMORY || TOO_MANY_OPEN_FILES.contains(&code))
}
