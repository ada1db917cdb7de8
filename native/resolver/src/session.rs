use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::message::{Ask, Code, Fed, Request, SolveError, Step};
use crate::provider::Feeder;
use crate::solve::solve;

/// Reserved, not used: a derivation that is thousands of steps deep is taken down by recursion.
const STACK_BYTES: usize = 64 * 1024 * 1024;

type Callback = Box<dyn FnOnce(Result<Step, SolveError>) + Send>;

/// The one answer somebody waits for. Dropped unanswered it answers with an error, so that nobody waits for ever.
pub struct Reply(Option<Callback>);

impl Reply {
    pub fn new(callback: impl FnOnce(Result<Step, SolveError>) + Send + 'static) -> Self {
        Self(Some(Box::new(callback)))
    }

    pub fn send(mut self, result: Result<Step, SolveError>) {
        self.call(result);
    }

    fn call(&mut self, result: Result<Step, SolveError>) {
        if let Some(callback) = self.0.take() {
            let _ = catch_unwind(AssertUnwindSafe(|| callback(result)));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.call(Err(cancelled()));
    }
}

/// One resolution, on a thread of its own that waits wherever it has to be fed. Dropping it ends the thread. Requests and
/// answers come as JSON and are read on that thread.
pub struct Session {
    fed: Option<SyncSender<(String, Reply)>>,
    cancelled: Arc<AtomicBool>,
}

impl Session {
    /// `reply` is told the first step. The time limit runs from now.
    pub fn start(request: String, reply: Reply) -> Self {
        let (fed, receiver) = sync_channel(1);
        let cancelled = Arc::new(AtomicBool::new(false));
        let begun = Instant::now();
        let link = Link { reply: RefCell::new(Some(reply)), receiver, cancelled: Arc::clone(&cancelled) };
        let work = move || link.run(&request, begun);
        // What could not be started drops its reply, which tells.
        let started = thread::Builder::new().name("ggen-resolver".to_owned()).stack_size(STACK_BYTES).spawn(work);
        Self { fed: started.is_ok().then_some(fed), cancelled }
    }

    /// The answer to the last step's question; `reply` is told the next step.
    pub fn feed(&self, fed: String, reply: Reply) {
        // Where the thread is gone, the reply is dropped, which tells.
        let _ = self.fed.as_ref().map(|sender| sender.try_send((fed, reply)));
    }

    /// The work ends soon; whoever waits is told.
    pub fn cancel(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.fed = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.cancel();
    }
}

struct Link {
    reply: RefCell<Option<Reply>>,
    receiver: Receiver<(String, Reply)>,
    cancelled: Arc<AtomicBool>,
}

impl Link {
    fn run(self, request: &str, begun: Instant) {
        let work = || {
            let request: Request = serde_json::from_str(request).map_err(|error| malformed(&error))?;
            let time = Duration::from_millis(request.limits.deadline_ms);
            solve(&request, Timed { link: &self, deadline: begun + time, time })
        };
        let result = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(SolveError::new(Code::Internal, format!("the solver panicked: {text}")))
        });
        // Time may run out while the feeder works: it is told when it comes back.
        let waiting = self.reply.take();
        let reply = waiting.or_else(|| self.receiver.recv().ok().map(|(_, reply)| reply));
        if let Some(reply) = reply {
            reply.send(result);
        }
    }
}

struct Timed<'a> {
    link: &'a Link,
    deadline: Instant,
    time: Duration,
}

impl Timed<'_> {
    fn over(&self) -> SolveError {
        SolveError::new(Code::Deadline, format!("resolving took longer than {} ms", self.time.as_millis()))
    }
}

impl Feeder for Timed<'_> {
    fn feed(&self, ask: &Ask) -> Result<Fed, SolveError> {
        self.check()?;
        if let Some(reply) = self.link.reply.take() {
            reply.send(Ok(Step::Ask(ask.clone())));
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.link.receiver.recv_timeout(left) {
            Ok((fed, reply)) => {
                self.link.reply.replace(Some(reply));
                serde_json::from_str(&fed).map_err(|error| malformed(&error))
            }
            Err(RecvTimeoutError::Timeout) => Err(self.over()),
            Err(RecvTimeoutError::Disconnected) => Err(cancelled()),
        }
    }

    fn check(&self) -> Result<(), SolveError> {
        if self.link.cancelled.load(Ordering::Relaxed) {
            return Err(cancelled());
        }
        if Instant::now() >= self.deadline { Err(self.over()) } else { Ok(()) }
    }
}

fn cancelled() -> SolveError {
    SolveError::new(Code::Cancelled, "the resolution was given up")
}

fn malformed(error: &serde_json::Error) -> SolveError {
    SolveError::new(Code::Internal, format!("the solver was given something malformed: {error}"))
}
