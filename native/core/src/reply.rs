use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Code, SearchError};

type Callback<T> = Box<dyn FnOnce(Result<T, SearchError>) + Send>;

/// The one answer somebody waits for. Dropped unanswered (a job that panicked, a queue that was closed) it answers with
/// an error, so that nobody waits for ever.
pub struct Reply<T>(Option<Callback<T>>);

impl<T> Reply<T> {
    pub fn new(callback: impl FnOnce(Result<T, SearchError>) + Send + 'static) -> Self {
        Self(Some(Box::new(callback)))
    }

    pub fn send(mut self, result: Result<T, SearchError>) {
        self.call(result);
    }

    /// A callback that panics has had its answer; the thread that gave it goes on.
    fn call(&mut self, result: Result<T, SearchError>) {
        if let Some(callback) = self.0.take() {
            let _ = catch_unwind(AssertUnwindSafe(|| callback(result)));
        }
    }
}

impl<T> Drop for Reply<T> {
    fn drop(&mut self) {
        self.call(Err(SearchError::new(Code::Internal, "the job ended without an answer")));
    }
}

/// Runs `job`; a panic in it becomes an error of the job instead of the end of the thread.
pub fn guarded<T>(what: &str, job: impl FnOnce() -> Result<T, SearchError>) -> Result<T, SearchError> {
    // What a panicking job leaves half-done is dropped by the caller (the writer is reopened), so it may cross.
    match catch_unwind(AssertUnwindSafe(job)) {
        Ok(result) => result,
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_owned());
            Err(SearchError::new(Code::Internal, format!("panic while {what}: {text}")))
        }
    }
}
