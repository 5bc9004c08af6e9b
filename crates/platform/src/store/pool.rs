//! How both engines wait for a connection, and where they use it.

use std::panic::resume_unwind;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use scheduled_thread_pool::ScheduledThreadPool;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Failure, StoreError};

pub(super) const POOL_WAIT: Duration = Duration::from_millis(250);
/// Connections that are being opened at once.
const OPENING: usize = 3;

/// Threads that open connections, for the pools of all modules: each would start three of its own.
pub(super) fn openers() -> Arc<ScheduledThreadPool> {
    static OPENERS: OnceLock<Arc<ScheduledThreadPool>> = OnceLock::new();
    let start =
        || ScheduledThreadPool::builder().num_threads(OPENING).thread_name_pattern("pool-opener-{}").build();
    Arc::clone(OPENERS.get_or_init(|| Arc::new(start())))
}

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
