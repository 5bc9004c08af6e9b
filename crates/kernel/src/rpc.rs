use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::{ApiError, CallCtx, Shapes};

#[doc(hidden)]
pub mod glue;

/// What an async method of a dyn-compatible trait returns.
pub type BoxFut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A reply on the wire: the encoded reply or the module's encoded refusal, unless the call itself failed.
pub type WireReply = Result<Result<Vec<u8>, Vec<u8>>, ApiError<Infallible>>;

/// Whether a method changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Changes nothing.
    Query,
    /// Changes something, once per idempotency key.
    Command,
}

/// What the binary knows about a method of a module.
#[derive(Clone, Copy, Debug)]
pub struct MethodMeta {
    pub module: &'static str,
    pub method: &'static str,
    pub kind: Kind,
    /// Name of the request type.
    pub request: &'static str,
    /// Name of the reply type.
    pub reply: &'static str,
    /// Makes the shapes of its messages, which takes some time.
    pub shapes: fn() -> Shapes,
}

/// Carries a call to a module that lives elsewhere.
pub trait Transport: Send + Sync + 'static {
    /// Sends the encoded request and returns what `dispatch` answered there.
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply>;
}

/// The far end of a [`Transport`]: a module that answers encoded calls.
pub trait Far: Send + Sync + 'static {
    fn call<'a>(&'a self, method: &'a str, cx: &'a CallCtx, body: &'a [u8]) -> BoxFut<'a, WireReply>;
}

/// What happens around every call within the process: metrics, the deadline, injected faults.
pub trait Around: Send + Sync + 'static {
    /// An error here keeps the call from being made.
    fn before(&self, method: &'static MethodMeta, cx: &CallCtx) -> Result<(), ApiError<Infallible>>;

    /// `failed` is the [kind](ApiError::kind) of the error, if there was one. An error here replaces the
    /// result, which is how a lost reply is simulated.
    fn after(
        &self,
        method: &'static MethodMeta,
        cx: &CallCtx,
        elapsed: Duration,
        failed: Option<&'static str>,
    ) -> Result<(), ApiError<Infallible>>;
}

impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn call<'a>(
        &'a self,
        method: &'static MethodMeta,
        cx: &'a CallCtx,
        request: Vec<u8>,
    ) -> BoxFut<'a, WireReply> {
        (**self).call(method, cx, request)
    }
}

impl<A: Around + ?Sized> Around for Arc<A> {
    fn before(&self, method: &'static MethodMeta, cx: &CallCtx) -> Result<(), ApiError<Infallible>> {
        (**self).before(method, cx)
    }

    fn after(
        &self,
        method: &'static MethodMeta,
        cx: &CallCtx,
        elapsed: Duration,
        failed: Option<&'static str>,
    ) -> Result<(), ApiError<Infallible>> {
        (**self).after(method, cx, elapsed, failed)
    }
}
