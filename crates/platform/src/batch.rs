//! Many waiting requests carried out as one: what arrives while a batch commits becomes the next one. Nobody waits
//! for a timer, so a lone request is as fast as without a batcher.

use std::future::Future;
use std::sync::Arc;

use kernel::{BoxFut, CallCtx};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::store::{Failure, StoreError};

/// How a batch may grow and run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests in one batch.
    pub size: usize,
    /// Batches under way at once.
    pub concurrency: usize,
}

/// A command or query that is carried out in batches. Cheap to clone.
pub struct Batcher<Req, Rep, E> {
    queue: mpsc::Sender<Waiting<Req, Rep, E>>,
}

/// A request with the context it came in.
#[derive(Clone, Debug)]
pub struct Asked<Req> {
    pub cx: CallCtx,
    pub request: Req,
}

struct Waiting<Req, Rep, E> {
    asked: Asked<Req>,
    answer: oneshot::Sender<Result<Rep, E>>,
}

type Run<Req, Rep, E> = dyn Fn(Vec<Asked<Req>>) -> BoxFut<'static, Result<Vec<Rep>, E>> + Send + Sync;

impl<Req, Rep, E> Clone for Batcher<Req, Rep, E> {
    fn clone(&self) -> Self {
        Batcher { queue: self.queue.clone() }
    }
}

impl<Req, Rep, E> Batcher<Req, Rep, E>
where
    Req: Clone + Send + Sync + 'static,
    Rep: Send + 'static,
    E: Failure,
{
    /// `run` carries out a batch in one transaction and answers each request, in order. It may be asked the same
    /// again, so requests are queries or keyed commands: when a batch fails on something other than the database's
    /// absence, each of its requests is run alone, and only the one at fault fails.
    pub fn start<F, R>(runtime: &Handle, limits: Limits, run: R) -> Batcher<Req, Rep, E>
    where
        F: Future<Output = Result<Vec<Rep>, E>> + Send + 'static,
        R: Fn(Vec<Asked<Req>>) -> F + Send + Sync + 'static,
    {
        let (queue, mut waiting) = mpsc::channel(limits.size.saturating_mul(4));
        let run: Arc<Run<Req, Rep, E>> = Arc::new(move |batch| Box::pin(run(batch)));
        let (places, runtime) = (Arc::new(Semaphore::new(limits.concurrency)), runtime.clone());
        runtime.clone().spawn(async move {
            // The place first, then the batch: it grows until there is room to run it.
            while let Ok(place) = Arc::clone(&places).acquire_owned().await {
                let mut batch = Vec::new();
                if waiting.recv_many(&mut batch, limits.size).await == 0 {
                    return;
                }
                let run = Arc::clone(&run);
                runtime.spawn(async move {
                    carry_out(&*run, batch).await;
                    drop(place);
                });
            }
        });
        Batcher { queue }
    }

    /// # Errors
    /// The command's own; [`StoreError::Timeout`] when the caller's deadline passes first, with the outcome unknown.
    pub async fn call(&self, cx: &CallCtx, request: Req) -> Result<Rep, E> {
        let left = cx.remaining().ok_or(StoreError::Timeout)?;
        let (answer, answered) = oneshot::channel();
        let outcome = async {
            let gone = || StoreError::Unavailable("shutting down".to_owned());
            let waiting = Waiting { asked: Asked { cx: cx.clone(), request }, answer };
            self.queue.send(waiting).await.map_err(|_| gone())?;
            answered
                .await
                .unwrap_or_else(|_| Err(StoreError::Unknown("the batch was abandoned".to_owned()).into()))
        };
        tokio::time::timeout(left, outcome).await.unwrap_or_else(|_| Err(StoreError::Timeout.into()))
    }

    /// Leaves the request to the next batch, without waiting for its outcome.
    pub async fn submit(&self, cx: &CallCtx, request: Req) {
        let (answer, _) = oneshot::channel();
        // Fails only while shutting down, when nobody waits for anything any more.
        let _ = self.queue.send(Waiting { asked: Asked { cx: cx.clone(), request }, answer }).await;
    }
}

/// One context for a batch: it lasts as long as the most patient caller's.
pub fn patience<Req>(batch: &[Asked<Req>]) -> CallCtx {
    let now = std::time::Instant::now();
    let last = batch.iter().map(|asked| asked.cx.deadline).max().unwrap_or(now);
    CallCtx::system("batch", last.saturating_duration_since(now))
}

/// The requests of a batch without their callers, and one context for all.
pub fn split<Req>(batch: Vec<Asked<Req>>) -> (CallCtx, Vec<Req>) {
    (patience(&batch), batch.into_iter().map(|asked| asked.request).collect())
}

async fn carry_out<Req, Rep, E>(run: &Run<Req, Rep, E>, batch: Vec<Waiting<Req, Rep, E>>)
where
    Req: Clone,
    E: Failure,
{
    let requests: Vec<Asked<Req>> = batch.iter().map(|waiting| waiting.asked.clone()).collect();
    match run(requests).await {
        Ok(replies) => {
            for (waiting, reply) in batch.into_iter().zip(replies) {
                // The caller may have given up waiting.
                let _ = waiting.answer.send(Ok(reply));
            }
        }
        Err(error) => fail(run, batch, error).await,
    }
}

async fn fail<Req, Rep, E: Failure>(run: &Run<Req, Rep, E>, mut batch: Vec<Waiting<Req, Rep, E>>, error: E) {
    if let Some(outage) = error.storage().filter(|error| is_outage(error)).cloned() {
        for waiting in batch {
            let _ = waiting.answer.send(Err(outage.clone().into()));
        }
    } else if batch.len() > 1 {
        one_by_one(run, batch).await;
    } else if let Some(only) = batch.pop() {
        let _ = only.answer.send(Err(error));
    }
}

async fn one_by_one<Req, Rep, E>(run: &Run<Req, Rep, E>, batch: Vec<Waiting<Req, Rep, E>>) {
    for waiting in batch {
        let reply = run(vec![waiting.asked]).await;
        let only = reply.map(|mut replies| replies.pop());
        let _ = match only {
            Ok(Some(reply)) => waiting.answer.send(Ok(reply)),
            Ok(None) => continue,
            Err(error) => waiting.answer.send(Err(error)),
        };
    }
}

/// Trying each alone would not help.
fn is_outage(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Unknown(_) | StoreError::Timeout)
}
