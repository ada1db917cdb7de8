//! The one thread that changes the index. It takes jobs in order, commits when there is something to commit and time
//! or size say so, and publishes searcher and log index together.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::document::{Change, Document};
use crate::error::{Code, SearchError};
use crate::folder::Folder;
use crate::generation::{Generation, OpenFailure};
use crate::index::Options;
use crate::published::{DiscardReason, Discarded, Opened, Position, Published, Shared};
use crate::queue::{Popped, Queue};
use crate::reply::{Reply, guarded};

/// Commits come this many times less often while there are more segments than `segments_soft_max`.
const BACK_OFF: u32 = 4;
/// Who wants an index waits at most this long for jobs that are queued already, so that one commit serves many.
const GATHER: Duration = Duration::from_millis(5);
const WAITING_MAX: usize = 10_000;
/// A generation that is let go waits at most this long for a merge of its segments to end.
const MERGE_WAIT: Duration = Duration::from_secs(5);

pub enum Job {
    Apply { json: String, applied_index: u64 },
    Commit(Reply<Position>),
    Optimize(Reply<Position>),
    WaitFor { index: u64, deadline: Instant, reply: Reply<Position> },
    RebuildBegin { applied_index: u64, reply: Reply<()> },
    RebuildAdd { json: String, reply: Reply<u64> },
    RebuildFinish(Reply<Position>),
    RebuildAbort(Reply<()>),
    Close(Reply<()>),
}

impl Job {
    /// Answers a job that will not be done.
    pub fn refuse(self, error: SearchError) {
        match self {
            Job::Apply { .. } => {}
            Job::Commit(reply) | Job::Optimize(reply) => reply.send(Err(error)),
            Job::WaitFor { reply, .. } | Job::RebuildFinish(reply) => reply.send(Err(error)),
            Job::RebuildBegin { reply, .. } | Job::RebuildAbort(reply) | Job::Close(reply) => reply.send(Err(error)),
            Job::RebuildAdd { reply, .. } => reply.send(Err(error)),
        }
    }
}

struct Waiting {
    index: u64,
    deadline: Instant,
    reply: Reply<Position>,
}

/// What a test lets happen to each change before it is written.
#[cfg(test)]
type Fault = Box<dyn FnMut(&Change) + Send>;

/// A new generation on its way.
struct Rebuild {
    generation: Generation,
    /// Index of the state the documents come from.
    snapshot_index: u64,
    applied_index: u64,
    /// Packages changed since: their documents in the snapshot are old.
    changed: HashSet<String>,
    documents: u64,
    failure: Option<SearchError>,
}

pub struct Writer {
    options: Options,
    folder: Folder,
    live: Generation,
    shared: Arc<Shared>,
    jobs: Arc<Queue<Job>>,
    /// Index up to which the live generation's writer has taken changes.
    applied_index: u64,
    /// What the last commit does not hold, kept to be done again by another writer when this one fails.
    uncommitted: Vec<Vec<Change>>,
    uncommitted_changes: usize,
    /// Since when there has been something to commit.
    dirty_since: Option<Instant>,
    /// Since when only the index has moved: the payload may lag for long, it costs a few records of the feed.
    index_dirty_since: Option<Instant>,
    waiting: Vec<Waiting>,
    /// Set while somebody waits for a commit.
    wanted_since: Option<Instant>,
    rebuild: Option<Rebuild>,
    #[cfg(test)]
    fault: Option<Fault>,
}

impl Writer {
    pub fn open(options: Options, shared: Arc<Shared>, jobs: Arc<Queue<Job>>) -> Result<(Self, Opened), SearchError> {
        let folder = Folder::open(&options.folder)?;
        let mut discarded = None;
        let found = match folder.current()? {
            None => Err((DiscardReason::Absent, "there was no index in the folder".to_owned())),
            Some(number) => {
                let path = folder.path_of(number);
                match Generation::open(&path, number, &options.history_id, options.writer_memory_bytes) {
                    Ok(generation) => Ok(generation),
                    Err(OpenFailure::Refused(error)) => return Err(error),
                    Err(OpenFailure::Discard(reason, message)) => Err((reason, message)),
                }
            }
        };
        let live = match found {
            Ok(generation) => generation,
            Err((reason, message)) => {
                discarded = Some(Discarded { reason, message });
                let fresh = create(&folder, &options)?;
                folder.set_current(fresh.number)?;
                fresh
            }
        };
        folder.remove_others(live.number)?;
        let applied_index = live.payload.applied_index;
        shared.submitted_index.store(applied_index, Relaxed);
        let writer = Self {
            options,
            folder,
            live,
            shared,
            jobs,
            applied_index,
            uncommitted: Vec::new(),
            uncommitted_changes: 0,
            dirty_since: None,
            index_dirty_since: None,
            waiting: Vec::new(),
            wanted_since: None,
            rebuild: None,
            #[cfg(test)]
            fault: None,
        };
        writer.publish();
        let position = writer.position();
        Ok((writer, Opened { position, discarded }))
    }

    /// Works until it is closed.
    pub fn run(mut self) {
        loop {
            match self.jobs.pop(self.next_deadline()) {
                Popped::Item(Job::Close(reply)) => {
                    self.close(reply);
                    return;
                }
                Popped::Item(job) => self.handle(job),
                Popped::TimedOut => {}
                Popped::Closed => {
                    // Before the live generation frees its lock, and another opens the folder.
                    self.rebuild_discard();
                    return;
                }
            }
            self.grant_room();
            self.commit_if_due();
            self.expire_waiting();
        }
    }

    fn handle(&mut self, job: Job) {
        match job {
            Job::Apply { json, applied_index } => self.apply(&json, applied_index),
            Job::Commit(reply) => {
                let result = self.commit();
                reply.send(result);
            }
            Job::Optimize(reply) => reply.send(self.optimize()),
            Job::WaitFor { index, deadline, reply } => self.wait_for(index, deadline, reply),
            Job::RebuildBegin { applied_index, reply } => reply.send(self.rebuild_begin(applied_index)),
            Job::RebuildAdd { json, reply } => reply.send(self.rebuild_add(&json)),
            Job::RebuildFinish(reply) => reply.send(self.rebuild_finish()),
            Job::RebuildAbort(reply) => {
                self.rebuild_discard();
                reply.send(Ok(()));
            }
            Job::Close(_) => unreachable!("handled by the loop"),
        }
    }

    fn apply(&mut self, json: &str, applied_index: u64) {
        let changes: Vec<Change> = match serde_json::from_str(json) {
            Ok(changes) => changes,
            Err(error) => return self.fail(&SearchError::new(Code::Invalid, format!("changes: {error}"))),
        };
        if let Some(rebuild) = &mut self.rebuild {
            rebuild.apply(&changes, applied_index);
        }
        if self.shared.failure().is_some() {
            return;
        }
        self.applied_index = self.applied_index.max(applied_index);
        let count = changes.len();
        let now = Instant::now();
        if count > 0 {
            self.uncommitted.push(changes);
            self.uncommitted_changes += count;
            self.dirty_since.get_or_insert(now);
            self.shared.pending_changes.store(self.uncommitted_changes as u64, Relaxed);
            if let Err(error) = self.write_last() {
                self.recover(&error);
            }
        } else if self.uncommitted.is_empty() {
            self.index_dirty_since.get_or_insert(now);
            self.publish();
        }
        if self.waiting.iter().any(|waiting| waiting.index <= self.applied_index) {
            self.wanted_since.get_or_insert(now);
        }
        self.answer_waiting();
    }

    fn write_last(&mut self) -> Result<(), SearchError> {
        let last = self.uncommitted.len() - 1;
        self.write(last)
    }

    fn write(&mut self, batch: usize) -> Result<(), SearchError> {
        let changes = &self.uncommitted[batch];
        #[cfg(test)]
        let fault = &mut self.fault;
        let live = &mut self.live;
        guarded("writing changes", || {
            #[cfg(test)]
            if let Some(fault) = fault {
                changes.iter().for_each(fault);
            }
            live.apply(changes)
        })
    }

    /// Drops the writer, opens another and gives it what the last commit does not hold. Failing that, the index takes no
    /// more changes until it is rebuilt; what is published goes on serving.
    fn recover(&mut self, cause: &SearchError) {
        self.shared.writer_restarts.fetch_add(1, Relaxed);
        let restarted = guarded("reopening the writer", || self.live.restart_writer());
        let replayed = restarted.and_then(|()| (0..self.uncommitted.len()).try_for_each(|batch| self.write(batch)));
        if let Err(error) = replayed {
            self.fail(&SearchError::new(error.code, format!("{} (first: {})", error.message, cause.message)));
        }
    }

    fn fail(&mut self, cause: &SearchError) {
        let failure = SearchError::new(Code::RebuildNeeded, format!("the search index stopped: {}", cause.message));
        self.live.drop_writer();
        self.applied_index = self.live.payload.applied_index;
        self.forget_uncommitted();
        self.shared.set_failure(Some(failure.clone()));
        for waiting in self.waiting.drain(..) {
            waiting.reply.send(Err(failure.clone()));
        }
    }

    fn forget_uncommitted(&mut self) {
        self.uncommitted.clear();
        self.uncommitted_changes = 0;
        self.dirty_since = None;
        self.index_dirty_since = None;
        self.wanted_since = None;
        self.shared.pending_changes.store(0, Relaxed);
    }

    fn commit(&mut self) -> Result<Position, SearchError> {
        if let Some(failure) = self.shared.failure() {
            return Err(failure);
        }
        if self.applied_index > self.live.payload.applied_index || !self.uncommitted.is_empty() {
            let applied_index = self.applied_index;
            let mut result = guarded("committing", || self.live.commit(applied_index));
            if let Err(error) = result {
                self.recover(&error);
                if let Some(failure) = self.shared.failure() {
                    return Err(failure);
                }
                result = guarded("committing", || self.live.commit(applied_index));
            }
            if let Err(error) = result {
                self.fail(&error);
                return Err(self.shared.failure().unwrap_or(error));
            }
            self.shared.commits.fetch_add(1, Relaxed);
            self.forget_uncommitted();
            self.publish();
        }
        self.answer_waiting();
        Ok(self.position())
    }

    /// Changes wait meanwhile; searches do not.
    fn optimize(&mut self) -> Result<Position, SearchError> {
        self.commit()?;
        let optimized = guarded("optimizing", || self.live.optimize());
        if let Err(error) = optimized {
            self.recover(&error);
            return Err(error);
        }
        self.shared.commits.fetch_add(1, Relaxed);
        self.publish();
        Ok(self.position())
    }

    fn commit_if_due(&mut self) {
        let now = Instant::now();
        let due = self.commit_due().is_some_and(|due| now >= due)
            || self.uncommitted_changes >= self.options.commit_changes_max;
        if due {
            // Whoever waits for the result was told; nobody waits for this one.
            let _ = self.commit();
        }
    }

    fn commit_due(&self) -> Option<Instant> {
        let crowded = self.live.searcher().segment_readers().len() > self.options.segments_soft_max;
        let after = self.options.commit_after * if crowded { BACK_OFF } else { 1 };
        let wanted = self.wanted_since.map(|since| if self.jobs.len() == 0 { since } else { since + GATHER });
        let dirty = self.dirty_since.map(|since| since + after);
        let index_dirty = self.index_dirty_since.map(|since| since + self.options.index_commit_after);
        [wanted, dirty, index_dirty].into_iter().flatten().min()
    }

    fn next_deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.iter().map(|waiting| waiting.deadline).min();
        [self.commit_due(), waiting].into_iter().flatten().min()
    }

    fn wait_for(&mut self, index: u64, deadline: Instant, reply: Reply<Position>) {
        if let Some(failure) = self.shared.failure() {
            return reply.send(Err(failure));
        }
        let position = self.position();
        if position.applied_index >= index {
            return reply.send(Ok(position));
        }
        if self.waiting.len() >= WAITING_MAX {
            let message = format!("{WAITING_MAX} callers wait for the search index already");
            return reply.send(Err(SearchError::new(Code::Overloaded, message)));
        }
        self.waiting.push(Waiting { index, deadline, reply });
        if self.applied_index >= index {
            self.wanted_since.get_or_insert_with(Instant::now);
        }
    }

    fn answer_waiting(&mut self) {
        let position = self.position();
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.index <= position.applied_index {
                waiting.reply.send(Ok(position));
            } else {
                self.waiting.push(waiting);
            }
        }
    }

    fn expire_waiting(&mut self) {
        let now = Instant::now();
        let position = self.position();
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.deadline <= now {
                let (wanted, reached) = (waiting.index, position.applied_index);
                let message = format!("the search index reflects index {reached}, {wanted} was wanted");
                waiting.reply.send(Err(SearchError::new(Code::NotReached, message)));
            } else {
                self.waiting.push(waiting);
            }
        }
    }

    fn publish(&self) {
        // With nothing uncommitted the content is the same at every index up to the last one applied.
        let clean = self.uncommitted.is_empty();
        let applied_index = if clean { self.applied_index } else { self.live.payload.applied_index };
        self.shared.publish(Published {
            searcher: self.live.searcher(),
            fields: self.live.fields.clone(),
            tokenizers: self.live.index().tokenizers().clone(),
            position: Position { applied_index, generation: self.live.sequence() },
        });
    }

    fn position(&self) -> Position {
        let published = self.shared.published();
        published.map_or(Position { applied_index: 0, generation: 0 }, |published| published.position)
    }

    fn grant_room(&self) {
        if self.jobs.weight() * 2 <= self.options.queue_bytes_max {
            let waiting = self.shared.room.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(reply) = waiting {
                reply.send(Ok(()));
            }
        }
    }

    fn rebuild_begin(&mut self, applied_index: u64) -> Result<(), SearchError> {
        if self.rebuild.is_some() {
            return Err(SearchError::new(Code::Invalid, "a rebuild is under way"));
        }
        if applied_index < self.applied_index {
            let message = format!("a rebuild from index {applied_index}, but {} is applied", self.applied_index);
            return Err(SearchError::new(Code::Invalid, message));
        }
        let generation = create(&self.folder, &self.options)?;
        self.rebuild = Some(Rebuild {
            generation,
            snapshot_index: applied_index,
            applied_index,
            changed: HashSet::new(),
            documents: 0,
            failure: None,
        });
        self.shared.rebuilding.store(true, Relaxed);
        Ok(())
    }

    fn rebuild_add(&mut self, json: &str) -> Result<u64, SearchError> {
        let rebuild = self.rebuild.as_mut().ok_or_else(no_rebuild)?;
        let documents: Vec<Document> = serde_json::from_str(json)
            .map_err(|error| SearchError::new(Code::Invalid, format!("documents: {error}")))?;
        rebuild.add(documents)
    }

    fn rebuild_finish(&mut self) -> Result<Position, SearchError> {
        let mut rebuild = self.rebuild.take().ok_or_else(no_rebuild)?;
        self.shared.rebuilding.store(false, Relaxed);
        let swapped = match rebuild.failure.take() {
            Some(failure) => Err(failure),
            None => guarded("committing the rebuilt index", || {
                rebuild.generation.commit(rebuild.applied_index)?;
                Ok(self.folder.set_current(rebuild.generation.number)?)
            }),
        };
        if let Err(error) = swapped {
            self.drop_generation(rebuild.generation);
            return Err(error);
        }
        self.live = rebuild.generation;
        self.applied_index = rebuild.applied_index;
        self.forget_uncommitted();
        self.shared.set_failure(None);
        self.shared.commits.fetch_add(1, Relaxed);
        self.publish();
        self.answer_waiting();
        // What could not be removed now is removed at the next opening.
        let _ = self.folder.remove_others(self.live.number);
        Ok(self.position())
    }

    fn rebuild_discard(&mut self) {
        self.shared.rebuilding.store(false, Relaxed);
        if let Some(rebuild) = self.rebuild.take() {
            self.drop_generation(rebuild.generation);
        }
    }

    fn drop_generation(&self, generation: Generation) {
        generation.close(MERGE_WAIT);
        let _ = self.folder.remove_others(self.live.number);
    }

    fn close(mut self, reply: Reply<()>) {
        self.jobs.close();
        self.rebuild_discard();
        let committed = match self.shared.failure() {
            // There is nothing left to save, and the failure was reported when it happened.
            Some(_) => Ok(()),
            None => self.commit().map(|_| ()),
        };
        while let Popped::Item(job) = self.jobs.pop(None) {
            job.refuse(SearchError::closed());
        }
        for waiting in self.waiting.drain(..) {
            waiting.reply.send(Err(SearchError::closed()));
        }
        self.shared.withdraw();
        // Frees the lock, before anybody hears of it.
        self.live.close(MERGE_WAIT);
        reply.send(committed);
    }
}

impl Rebuild {
    /// Changes after the snapshot go into the new generation as they come, and make older documents of their packages
    /// void: so neither stream has to be kept.
    fn apply(&mut self, changes: &[Change], applied_index: u64) {
        if applied_index <= self.snapshot_index || self.failure.is_some() {
            return;
        }
        self.applied_index = applied_index;
        self.changed.extend(changes.iter().map(|change| change.key().to_owned()));
        if !changes.is_empty() {
            self.failure = guarded("writing changes", || self.generation.apply(changes)).err();
        }
    }

    fn add(&mut self, documents: Vec<Document>) -> Result<u64, SearchError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let changes: Vec<Change> = documents
            .into_iter()
            .filter(|document| !self.changed.contains(&document.key))
            .map(|document| Change::Upsert { document: Box::new(document) })
            .collect();
        self.documents += changes.len() as u64;
        if let Err(error) = guarded("writing documents", || self.generation.apply(&changes)) {
            self.failure = Some(error.clone());
            return Err(error);
        }
        Ok(self.documents)
    }
}

fn no_rebuild() -> SearchError {
    SearchError::new(Code::Invalid, "no rebuild is under way")
}

fn create(folder: &Folder, options: &Options) -> Result<Generation, SearchError> {
    let number = folder.next_number()?;
    let path = folder.create(number)?;
    guarded("creating an index", || Generation::create(&path, number, &options.history_id, options.writer_memory_bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::search::{Query, search};

    struct Running {
        shared: Arc<Shared>,
        jobs: Arc<Queue<Job>>,
        thread: thread::JoinHandle<()>,
    }

    /// A writer whose every change passes `fault` first.
    fn start(folder: &Path, fault: impl FnMut(&Change) + Send + 'static) -> Running {
        let options = Options {
            folder: folder.to_owned(),
            history_id: "history-1".to_owned(),
            commit_after: Duration::from_secs(3_600),
            commit_changes_max: 1_000,
            index_commit_after: Duration::from_secs(3_600),
            segments_soft_max: 30,
            queue_bytes_max: 1 << 20,
            writer_memory_bytes: 15_000_000,
            search_threads: 1,
            search_queue_max: 1,
        };
        let shared = Arc::new(Shared::default());
        let jobs = Arc::new(Queue::new(1 << 20, 1_000));
        let (mut writer, _) = Writer::open(options, Arc::clone(&shared), Arc::clone(&jobs)).expect("opens");
        writer.fault = Some(Box::new(fault));
        Running { shared, jobs, thread: thread::spawn(move || writer.run()) }
    }

    impl Running {
        fn apply(&self, key: &str, applied_index: u64) {
            let json = format!(
                r#"[{{"type":"upsert","document":{{"key":"{key}","packageNumber":1,"kind":"tool","keywords":[],
                "categories":[],"authors":[],"capabilities":[],"publishedAtMs":1,"quality":1,"yanked":false}}}}]"#
            );
            assert!(self.jobs.push(Job::Apply { json, applied_index }, 1).is_ok());
        }

        fn ask<T: Send + 'static>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, SearchError> {
            let (sender, receiver) = mpsc::channel();
            let reply = Reply::new(move |result| sender.send(result).expect("a listener"));
            assert!(self.jobs.push(job(reply), 0).is_ok());
            receiver.recv_timeout(Duration::from_secs(30)).expect("an answer in time")
        }

        fn keys(&self) -> Vec<String> {
            let published = self.shared.published().expect("published");
            let query = Query { limit: 10, ..Query::default() };
            search(&published, &query).expect("searches").hits.into_iter().map(|hit| hit.key).collect()
        }

        fn stop(self) {
            self.ask(Job::Close).expect("closes");
            self.thread.join().expect("ends");
        }
    }

    #[test]
    fn a_writer_that_panics_is_replaced_and_nothing_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let bad = AtomicU32::new(1);
        let running = start(folder.path(), move |change| {
            assert!(change.key() != "bad" || bad.swap(0, Ordering::Relaxed) == 0, "a fault of a test");
        });
        for (at, key) in ["before", "bad", "after"].into_iter().enumerate() {
            running.apply(key, at as u64 + 1);
        }
        assert_eq!(running.ask(Job::Commit).expect("commits").applied_index, 3);
        assert_eq!(running.keys(), ["after", "bad", "before"]);
        assert_eq!(running.shared.writer_restarts.load(Relaxed), 1);
        running.stop();
    }

    #[test]
    fn a_merge_that_is_under_way_has_ended_when_the_index_is_closed() {
        let folder = tempfile::tempdir().expect("a folder");
        let running = start(folder.path(), |_| {});
        // Tantivy merges eight segments of one layer after the commit that makes the eighth.
        for at in 1..=8 {
            running.apply(&format!("package-{at}"), at);
            running.ask(Job::Commit).expect("commits");
        }
        running.stop();
        let again = start(folder.path(), |_| {});
        assert_eq!(again.keys().len(), 8);
        assert_eq!(again.shared.published().expect("published").searcher.segment_readers().len(), 1);
        again.stop();
    }

    #[test]
    fn a_writer_that_panics_again_stops_and_says_what_helps_while_the_old_content_serves() {
        let folder = tempfile::tempdir().expect("a folder");
        let running = start(folder.path(), |change| assert!(change.key() != "bad", "a fault of a test"));
        running.apply("good", 1);
        running.ask(Job::Commit).expect("commits");
        running.apply("more", 2);
        running.apply("bad", 3);
        let waiting =
            running.ask(|reply| Job::WaitFor { index: 3, deadline: Instant::now() + Duration::from_secs(20), reply });
        assert_eq!(waiting.expect_err("stopped").code, Code::RebuildNeeded);
        assert_eq!(running.keys(), ["good"]);
        running.ask(|reply| Job::RebuildBegin { applied_index: 3, reply }).expect("begins");
        running.ask(Job::RebuildFinish).expect("finishes");
        assert_eq!(running.shared.failure(), None);
        running.apply("new", 4);
        assert_eq!(running.ask(Job::Commit).expect("commits").applied_index, 4);
        assert_eq!(running.keys(), ["new"]);
        running.stop();
    }
}
