//! What the code that [`module_api!`](crate::module_api) writes calls into. Not to be called by hand.

use std::{convert::Infallible, time::Instant};

use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;

use super::{Around, BoxFut, Kind, MethodMeta, Transport, WireReply};
use crate::{ApiError, Bounded, CallCtx};

/// A call within the process: nothing is encoded.
pub fn local<'a, A, Q, R, E>(
    around: &'a A,
    meta: &'static MethodMeta,
    cx: &'a CallCtx,
    request: Q,
    call: impl FnOnce(Q) -> BoxFut<'a, Result<R, ApiError<E>>> + Send + 'a,
) -> BoxFut<'a, Result<R, ApiError<E>>>
where
    A: Around,
    Q: Bounded + Send + 'a,
    R: Send + 'a,
    E: Send + 'a,
{
    let span = tracing::debug_span!("call", module = meta.module, method = meta.method);
    let run = async move {
        around.before(meta, cx).map_err(ApiError::lift)?;
        let started = Instant::now();
        let result = match admit(meta, cx, &request) {
            Ok(()) => call(request).await,
            Err(refused) => Err(refused.lift()),
        };
        let failed = result.as_ref().err().map(ApiError::kind);
        around.after(meta, cx, started.elapsed(), failed).map_err(ApiError::lift)?;
        result
    };
    Box::pin(run.instrument(span))
}

/// A call to another process: encodes, sends, decodes.
pub fn remote<'a, T, Q, R, E>(
    transport: &'a T,
    meta: &'static MethodMeta,
    cx: &'a CallCtx,
    request: &Q,
) -> BoxFut<'a, Result<R, ApiError<E>>>
where
    T: Transport,
    Q: Serialize,
    R: DeserializeOwned,
    E: DeserializeOwned,
{
    let body = encode(meta, request);
    Box::pin(async move {
        let body = body.map_err(ApiError::lift)?;
        match transport.call(meta, cx, body).await.map_err(ApiError::lift)? {
            Ok(reply) => decode(meta, &reply).map_err(ApiError::lift),
            Err(refusal) => Err(decode(meta, &refusal).map_or_else(ApiError::lift, ApiError::Domain)),
        }
    })
}

/// The other end of [`remote`]: decodes, calls, encodes.
pub fn answer<'a, Q, R, E>(
    meta: &'static MethodMeta,
    cx: &'a CallCtx,
    body: &'a [u8],
    call: impl FnOnce(Q) -> BoxFut<'a, Result<R, ApiError<E>>> + Send + 'a,
) -> BoxFut<'a, WireReply>
where
    Q: DeserializeOwned + Bounded + Send + 'a,
    R: Serialize + Send + 'a,
    E: Serialize + Send + 'a,
{
    Box::pin(async move {
        let request = decode(meta, body)?;
        admit(meta, cx, &request)?;
        match call(request).await.map_err(ApiError::into_domain) {
            Ok(reply) => encode(meta, &reply).map(Ok),
            Err(Ok(refusal)) => encode(meta, &refusal).map(Err),
            Err(Err(failure)) => Err(failure),
        }
    })
}

pub fn unknown_method<'a>(module: &'static str, method: &str) -> BoxFut<'a, WireReply> {
    Box::pin(std::future::ready(Err(ApiError::Incompatible(format!("{module} has no method {method:?}")))))
}

fn admit<Q: Bounded>(meta: &MethodMeta, cx: &CallCtx, request: &Q) -> Result<(), ApiError<Infallible>> {
    if meta.kind == Kind::Command && cx.idempotency_key.is_none() {
        return Err(incompatible(meta, "needs an idempotency key"));
    }
    let (items, most) = (request.items(), Q::MAX_ITEMS);
    if items > most {
        return Err(incompatible(meta, &format!("takes at most {most} items, not {items}")));
    }
    Ok(())
}

fn encode<T: Serialize>(meta: &MethodMeta, value: &T) -> Result<Vec<u8>, ApiError<Infallible>> {
    serde_json::to_vec(value).map_err(|error| incompatible(meta, &format!("cannot encode: {error}")))
}

fn decode<T: DeserializeOwned>(meta: &MethodMeta, bytes: &[u8]) -> Result<T, ApiError<Infallible>> {
    serde_json::from_slice(bytes).map_err(|error| incompatible(meta, &format!("cannot decode: {error}")))
}

fn incompatible(meta: &MethodMeta, why: &str) -> ApiError<Infallible> {
    ApiError::Incompatible(format!("{}.{} {why}", meta.module, meta.method))
}
