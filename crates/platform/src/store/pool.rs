//! How both engines wait for a connection, and where they use it.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Failure, StoreError};

pub(super) const POOL_WAIT: Duration = Duration::from_millis(250);

/// One of the pool's places, waited for on the async side, so that no thread blocks for a connection.
pub(super) async fn permit(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, StoreError> {
    match tokio::time::timeout(POOL_WAIT, Arc::clone(permits).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(StoreError::Unavailable("all connections of the module are busy".to_owned())),
    }
}

/// Runs blocking work on the shared runtime, in the caller's span; a panic goes on in the caller.
pub(super) async fn blocking<R: Send + 'static, E: Failure>(
    runtime: &Handle,
    work: impl FnOnce() -> Result<R, E> + Send + 'static,
) -> Result<R, E> {
    let span = tracing::Span::current();
    match runtime.spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => done,
        Err(join) => match join.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Err(StoreError::Unavailable("shutting down".to_owned()).into()),
        },
    }
}
