//! Bridge between Node and the cores of search and resolution: it converts, and nothing else. What is large or structured
//! crosses as JSON text; every promise is settled from one of the cores' own threads, never from libuv's.

mod resolution;

use std::time::Duration;

use ggen_search_core::{Code, Options, Reply, SearchError, SearchIndex};
use napi::bindgen_prelude::*;
use napi_derive::napi;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Raised whenever something here changes its meaning: a module of another version is refused by the loader.
#[napi]
pub const BRIDGE_VERSION: u32 = 4;

/// Complete: the defaults are TypeScript's.
#[napi(object)]
pub struct NativeIndexOptions {
    pub folder: String,
    pub history_id: String,
    pub commit_after_ms: u32,
    pub commit_changes_max: u32,
    pub index_commit_after_ms: u32,
    pub segments_soft_max: u32,
    pub queue_bytes_max: u32,
    pub writer_memory_bytes: u32,
    pub search_threads: u32,
    pub search_queue_max: u32,
}

/// One search index. Promises resolve to JSON text, `{"ok": …}` or `{"error": {"code", "message"}}`; they reject never.
#[napi]
pub struct NativeIndex {
    options: Option<NativeIndexOptions>,
    index: Option<SearchIndex>,
}

#[napi]
impl NativeIndex {
    #[napi(constructor)]
    pub fn new(options: NativeIndexOptions) -> Self {
        Self { options: Some(options), index: None }
    }

    /// Starts the threads and opens the folder; once, before anything else. Resolves to the index as opened.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn open<'env>(&mut self, env: &'env Env) -> Result<Object<'env>> {
        let options = self.options.take().ok_or_else(|| Error::from_reason("the index was opened before"))?;
        let (reply, promise) = deferred(env)?;
        self.index = Some(SearchIndex::start(convert(options), reply));
        Ok(promise)
    }

    /// `changes`: JSON list of changes. False when the queue is full: await `room` and try again.
    #[napi]
    pub fn apply(&self, changes: String, applied_index: i64) -> Result<bool> {
        let taken = self.index()?.apply(changes, applied_index as u64);
        taken.map_err(|error| Error::from_reason(answer::<(), _>(Err(error))))
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn room<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.room(reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn commit<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.commit(reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn optimize<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.optimize(reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn wait_for<'env>(&self, env: &'env Env, index: i64, wait_ms: u32) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.wait_for(index as u64, Duration::from_millis(wait_ms.into()), reply);
        Ok(promise)
    }

    /// `query`: JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn search<'env>(&self, env: &'env Env, query: String) -> Result<Object<'env>> {
        self.read(env, &query, SearchIndex::search)
    }

    /// `query`: JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn suggest<'env>(&self, env: &'env Env, query: String) -> Result<Object<'env>> {
        self.read(env, &query, SearchIndex::suggest)
    }

    /// `query`: JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn correct<'env>(&self, env: &'env Env, query: String) -> Result<Object<'env>> {
        self.read(env, &query, SearchIndex::correct)
    }

    /// `query`: JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn facets<'env>(&self, env: &'env Env, query: String) -> Result<Object<'env>> {
        self.read(env, &query, SearchIndex::facets)
    }

    /// `query`: JSON.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn similar<'env>(&self, env: &'env Env, query: String) -> Result<Object<'env>> {
        self.read(env, &query, SearchIndex::similar)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn rebuild_begin<'env>(&self, env: &'env Env, applied_index: i64) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.rebuild_begin(applied_index as u64, reply);
        Ok(promise)
    }

    /// `documents`: JSON list. Await each before the next.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn rebuild_add<'env>(&self, env: &'env Env, documents: String) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.rebuild_add(documents, reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn rebuild_finish<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.rebuild_finish(reply);
        Ok(promise)
    }

    #[napi(ts_return_type = "Promise<string>")]
    pub fn rebuild_abort<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.rebuild_abort(reply);
        Ok(promise)
    }

    /// JSON.
    #[napi]
    pub fn stats(&self) -> Result<String> {
        serde_json::to_string(&self.index()?.stats()).map_err(|error| Error::from_reason(error.to_string()))
    }

    /// Commits, ends the threads and frees the folder.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn close<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.index()?.close(reply);
        Ok(promise)
    }

    fn read<'env, Query: DeserializeOwned, T: Serialize + 'static>(
        &self,
        env: &'env Env,
        query: &str,
        ask: impl FnOnce(&SearchIndex, Query, Reply<T>),
    ) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        match serde_json::from_str(query) {
            Ok(query) => ask(self.index()?, query, reply),
            Err(error) => reply.send(Err(SearchError::new(Code::Invalid, format!("query: {error}")))),
        }
        Ok(promise)
    }

    fn index(&self) -> Result<&SearchIndex> {
        self.index.as_ref().ok_or_else(|| Error::from_reason("the index was not opened"))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Answer<T, E> {
    Ok(T),
    Error(E),
}

fn answer<T: Serialize, E: Serialize>(result: std::result::Result<T, E>) -> String {
    let answer = match result {
        Ok(value) => Answer::Ok(value),
        Err(error) => Answer::Error(error),
    };
    serde_json::to_string(&answer).unwrap_or_else(|error| {
        format!(r#"{{"error":{{"code":"INTERNAL","message":"the answer could not be written: {error}"}}}}"#)
    })
}

/// A promise, and the reply that settles it from whatever thread answers. The text is made on that thread.
fn deferred<T: Serialize + 'static>(env: &Env) -> Result<(Reply<T>, Object<'_>)> {
    let (deferred, promise) = env.create_deferred::<String, Box<dyn FnOnce(Env) -> Result<String>>>()?;
    let reply = Reply::new(move |result| {
        let text = answer(result);
        deferred.resolve(Box::new(move |_| Ok(text)));
    });
    Ok((reply, promise))
}

fn convert(options: NativeIndexOptions) -> Options {
    Options {
        folder: options.folder.into(),
        history_id: options.history_id,
        commit_after: Duration::from_millis(options.commit_after_ms.into()),
        commit_changes_max: options.commit_changes_max as usize,
        index_commit_after: Duration::from_millis(options.index_commit_after_ms.into()),
        segments_soft_max: options.segments_soft_max as usize,
        queue_bytes_max: options.queue_bytes_max as usize,
        writer_memory_bytes: options.writer_memory_bytes as usize,
        search_threads: options.search_threads as usize,
        search_queue_max: options.search_queue_max as usize,
    }
}
