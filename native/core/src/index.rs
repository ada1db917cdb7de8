use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::correct::{CorrectQuery, Correction, correct};
use crate::error::{Code, SearchError};
use crate::facets::{FacetQuery, FacetResult, facets};
use crate::published::{Opened, Position, Published, Shared, Stats};
use crate::queue::{Popped, Queue, Refused};
use crate::reply::{Reply, guarded};
use crate::search::{Query, SearchResult, search};
use crate::similar::{Similar, SimilarQuery, similar};
use crate::suggest::{SuggestQuery, Suggestions, suggest};
use crate::writer::{Job, Writer};

/// Jobs in the writer's queue, those without weight included.
const JOBS_MAX: usize = 20_000;

/// Every default lives on the other side of the bridge.
#[derive(Debug, Clone)]
pub struct Options {
    pub folder: PathBuf,
    pub history_id: String,
    /// A commit follows a change by this much at the latest…
    pub commit_after: Duration,
    /// …or by this many changes.
    pub commit_changes_max: usize,
    /// How far behind the payload may be while only the index moves.
    pub index_commit_after: Duration,
    /// Above this many segments commits are made less often.
    pub segments_soft_max: usize,
    /// Bytes of changes that may wait for the writer.
    pub queue_bytes_max: usize,
    pub writer_memory_bytes: usize,
    pub search_threads: usize,
    /// Searches that may wait for a thread.
    pub search_queue_max: usize,
}

/// Reads a published state and answers, or answers why there is none.
type SearchJob = Box<dyn FnOnce(Result<Arc<Published>, SearchError>) + Send>;

/// A handle for any thread. Nothing here waits for disk or search: answers come through replies.
pub struct SearchIndex {
    shared: Arc<Shared>,
    jobs: Arc<Queue<Job>>,
    searches: Arc<Queue<SearchJob>>,
}

impl SearchIndex {
    /// Starts the threads and opens (or creates) the index on one of them. Until `reply` comes nothing can be searched.
    pub fn start(options: Options, reply: Reply<Opened>) -> Self {
        let shared = Arc::new(Shared::default());
        let jobs = Arc::new(Queue::new(options.queue_bytes_max, JOBS_MAX));
        let searches = Arc::new(Queue::new(options.search_queue_max, options.search_queue_max));
        for number in 0..options.search_threads.max(1) {
            let (shared, searches) = (Arc::clone(&shared), Arc::clone(&searches));
            spawn(format!("ggen-search-{number}"), move || answer_searches(&shared, &searches));
        }
        let index = Self { shared: Arc::clone(&shared), jobs: Arc::clone(&jobs), searches: Arc::clone(&searches) };
        let ending = Arc::clone(&shared);
        spawn("ggen-index-writer".to_owned(), move || {
            let opened = guarded("opening the index", || Writer::open(options, shared, Arc::clone(&jobs)));
            match opened {
                Ok((writer, opened)) => {
                    reply.send(Ok(opened));
                    let ended = guarded("running the writer", || {
                        writer.run();
                        Ok(())
                    });
                    if let Err(error) = ended {
                        // What is published serves on; changes are refused with the reason.
                        ending.set_failure(Some(error));
                    } else {
                        searches.close();
                    }
                }
                Err(error) => {
                    searches.close();
                    reply.send(Err(error));
                }
            }
            jobs.close();
            while let Popped::Item(job) = jobs.pop(None) {
                job.refuse(SearchError::closed());
            }
        });
        index
    }

    /// False when the queue is full: wait for [`SearchIndex::room`] and try again.
    pub fn apply(&self, json: String, applied_index: u64) -> Result<bool, SearchError> {
        if let Some(failure) = self.shared.failure()
            && !self.shared.rebuilding.load(Relaxed)
        {
            return Err(failure);
        }
        let weight = json.len();
        match self.jobs.push(Job::Apply { json, applied_index }, weight) {
            Ok(()) => {
                self.shared.submitted_index.fetch_max(applied_index, Relaxed);
                Ok(true)
            }
            Err(Refused::Full(_)) => Ok(false),
            Err(Refused::Closed(_)) => Err(SearchError::closed()),
        }
    }

    /// Answers when the writer's queue has been drained to half. One caller at a time.
    pub fn room(&self, reply: Reply<()>) {
        if self.jobs.weight() == 0 {
            return reply.send(Ok(()));
        }
        let before = self.shared.room.lock().unwrap_or_else(PoisonError::into_inner).replace(reply);
        if let Some(before) = before {
            before.send(Err(SearchError::new(Code::Invalid, "another caller waits for room")));
        }
        // The writer may have drained the queue in between, and would then not look again.
        if self.jobs.weight() == 0 {
            let waiting = self.shared.room.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(reply) = waiting {
                reply.send(Ok(()));
            }
        }
    }

    pub fn commit(&self, reply: Reply<Position>) {
        self.submit(Job::Commit(reply));
    }

    pub fn optimize(&self, reply: Reply<Position>) {
        self.submit(Job::Optimize(reply));
    }

    pub fn wait_for(&self, index: u64, wait: Duration, reply: Reply<Position>) {
        if let Some(published) = self.shared.published()
            && published.position.applied_index >= index
        {
            return reply.send(Ok(published.position));
        }
        self.submit(Job::WaitFor { index, deadline: Instant::now() + wait, reply });
    }

    pub fn search(&self, query: Query, reply: Reply<SearchResult>) {
        self.read("searching", reply, move |published| search(published, &query));
    }

    pub fn suggest(&self, query: SuggestQuery, reply: Reply<Suggestions>) {
        self.read("suggesting", reply, move |published| suggest(published, &query));
    }

    pub fn correct(&self, query: CorrectQuery, reply: Reply<Correction>) {
        self.read("correcting", reply, move |published| correct(published, &query));
    }

    pub fn facets(&self, query: FacetQuery, reply: Reply<FacetResult>) {
        self.read("counting", reply, move |published| facets(published, &query));
    }

    pub fn similar(&self, query: SimilarQuery, reply: Reply<Similar>) {
        self.read("looking for similar packages", reply, move |published| similar(published, &query));
    }

    fn read<T: Send + 'static>(
        &self,
        what: &'static str,
        reply: Reply<T>,
        work: impl FnOnce(&Published) -> Result<T, SearchError> + Send + 'static,
    ) {
        let job: SearchJob =
            Box::new(move |state| reply.send(state.and_then(|published| guarded(what, || work(&published)))));
        match self.searches.push(job, 1) {
            Ok(()) => {}
            Err(Refused::Full(job)) => {
                self.shared.searches_refused.fetch_add(1, Relaxed);
                let waiting = self.searches.len();
                let message = format!("{waiting} searches are waiting already");
                job(Err(SearchError::new(Code::Overloaded, message)));
            }
            Err(Refused::Closed(job)) => job(Err(SearchError::closed())),
        }
    }

    pub fn rebuild_begin(&self, applied_index: u64, reply: Reply<()>) {
        self.submit(Job::RebuildBegin { applied_index, reply });
    }

    /// Answers with the number of documents so far. Await it before the next: that is what bounds the memory.
    pub fn rebuild_add(&self, json: String, reply: Reply<u64>) {
        self.submit(Job::RebuildAdd { json, reply });
    }

    pub fn rebuild_finish(&self, reply: Reply<Position>) {
        self.submit(Job::RebuildFinish(reply));
    }

    pub fn rebuild_abort(&self, reply: Reply<()>) {
        self.submit(Job::RebuildAbort(reply));
    }

    pub fn stats(&self) -> Stats {
        self.shared.stats(self.jobs.weight(), self.searches.len())
    }

    /// Commits, ends the threads and frees the folder.
    pub fn close(&self, reply: Reply<()>) {
        self.submit(Job::Close(reply));
    }

    fn submit(&self, job: Job) {
        match self.jobs.push(job, 0) {
            Ok(()) => {}
            Err(Refused::Full(job)) => {
                let message = format!("{JOBS_MAX} jobs wait for the index writer already");
                job.refuse(SearchError::new(Code::Overloaded, message));
            }
            Err(Refused::Closed(job)) => job.refuse(SearchError::closed()),
        }
    }
}

impl Drop for SearchIndex {
    fn drop(&mut self) {
        // Threads end by themselves; what was not committed is caught up at the next opening.
        self.jobs.close();
        self.searches.close();
    }
}

fn answer_searches(shared: &Shared, searches: &Queue<SearchJob>) {
    while let Popped::Item(job) = searches.pop(None) {
        job(shared.published().ok_or_else(SearchError::closed));
    }
}

fn spawn(name: String, work: impl FnOnce() + Send + 'static) {
    // Without threads there is no search at all: the process is out of its most basic resource.
    thread::Builder::new().name(name).spawn(work).expect("a thread can be started");
}
