use ggen_resolver_core::{Reply, Session};
use napi::bindgen_prelude::*;
use napi_derive::napi;

use crate::answer;

/// One resolution of dependencies. Promises resolve to JSON text, `{"ok": step}` or `{"error": {"code", "message"}}`; they
/// reject never. A step asks for more, which `feed` answers, or is the end. Call `cancel` when done with it.
#[napi]
#[derive(Default)]
pub struct NativeResolution {
    session: Option<Session>,
}

#[napi]
impl NativeResolution {
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// `request`: JSON. Once, before anything else.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn start<'env>(&mut self, env: &'env Env, request: String) -> Result<Object<'env>> {
        let (reply, promise) = deferred(env)?;
        self.session = Some(Session::start(request, reply));
        Ok(promise)
    }

    /// `fed`: JSON, the answer to the question of the last step.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn feed<'env>(&self, env: &'env Env, fed: String) -> Result<Object<'env>> {
        let session = self.session.as_ref().ok_or_else(|| Error::from_reason("the resolution was not started"))?;
        let (reply, promise) = deferred(env)?;
        session.feed(fed, reply);
        Ok(promise)
    }

    /// Ends the work and its thread; whoever waits is told.
    #[napi]
    pub fn cancel(&mut self) {
        if let Some(session) = &mut self.session {
            session.cancel();
        }
    }
}

/// A promise, and the reply that settles it from the session's thread. The text is made on that thread.
fn deferred(env: &Env) -> Result<(Reply, Object<'_>)> {
    let (deferred, promise) = env.create_deferred::<String, Box<dyn FnOnce(Env) -> Result<String>>>()?;
    let reply = Reply::new(move |result| {
        let text = answer(result);
        deferred.resolve(Box::new(move |_| Ok(text)));
    });
    Ok((reply, promise))
}
