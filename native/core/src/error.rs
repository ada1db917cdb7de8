use std::fmt;

use serde::Serialize;
use tantivy::TantivyError;
use tantivy::directory::error::LockError;

/// What kind of trouble it is; the bridge's other side maps each to a reason of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// A bounded queue is full.
    Overloaded,
    /// The index is closed or closing.
    Closed,
    /// Another process holds the folder.
    Locked,
    /// The index could not reach the wanted log index in time.
    NotReached,
    /// The writer failed twice on the same changes: only a rebuild helps.
    RebuildNeeded,
    /// The caller handed over something malformed.
    Invalid,
    /// The disk refused.
    Storage,
    Internal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SearchError {
    pub code: Code,
    pub message: String,
}

impl SearchError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn closed() -> Self {
        Self::new(Code::Closed, "the search index is closed")
    }

    pub fn writer_gone() -> Self {
        Self::new(Code::RebuildNeeded, "the writer has failed and was not replaced")
    }
}

impl fmt::Display for SearchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for SearchError {}

impl From<TantivyError> for SearchError {
    fn from(error: TantivyError) -> Self {
        let code = match &error {
            TantivyError::LockFailure(LockError::LockBusy, _) => Code::Locked,
            TantivyError::IoError(_) | TantivyError::OpenWriteError(_) | TantivyError::OpenDirectoryError(_) => {
                Code::Storage
            }
            _ => Code::Internal,
        };
        Self::new(code, error.to_string())
    }
}

impl From<std::io::Error> for SearchError {
    fn from(error: std::io::Error) -> Self {
        Self::new(Code::Storage, error.to_string())
    }
}
