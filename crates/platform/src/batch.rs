//! Many waiting requests carried out as one: what arrives while a batch commits becomes the next one. Nobody waits
//! for a timer, so a lone request is as fast as without a batcher.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

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
    /// How long a batch's place stays taken after it is done: for work that nobody waits for, so that more gathers.
    pub pause: Duration,
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

/// Requests that are carried out together. Shared, because a batch that fails is run again in parts.
pub type Batch<Req> = Arc<[Asked<Req>]>;

struct Waiting<Req, Rep, E> {
    asked: Asked<Req>,
    answer: oneshot::Sender<Result<Rep, E>>,
}

type Run<Req, Rep, E> = dyn Fn(Batch<Req>) -> BoxFut<'static, Result<Vec<Rep>, E>> + Send + Sync;

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
        R: Fn(Batch<Req>) -> F + Send + Sync + 'static,
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
                    if !limits.pause.is_zero() {
                        tokio::time::sleep(limits.pause).await;
                    }
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

type Answers<Rep, E> = Vec<oneshot::Sender<Result<Rep, E>>>;

async fn carry_out<Req: Clone, Rep, E: Failure>(run: &Run<Req, Rep, E>, waiting: Vec<Waiting<Req, Rep, E>>) {
    let (requests, answers): (Vec<_>, Answers<Rep, E>) =
        waiting.into_iter().map(|waiting| (waiting.asked, waiting.answer)).unzip();
    let batch: Batch<Req> = requests.into();
    match run(Arc::clone(&batch)).await {
        Ok(replies) => {
            for (answer, reply) in answers.into_iter().zip(replies) {
                // The caller may have given up waiting.
                let _ = answer.send(Ok(reply));
            }
        }
        Err(error) => fail(run, &batch, answers, error).await,
    }
}

async fn fail<Req: Clone, Rep, E: Failure>(
    run: &Run<Req, Rep, E>,
    batch: &[Asked<Req>],
    mut answers: Answers<Rep, E>,
    error: E,
) {
    if let Some(outage) = error.storage().filter(|error| is_outage(error)).cloned() {
        for answer in answers {
            let _ = answer.send(Err(outage.clone().into()));
        }
    } else if answers.len() > 1 {
        for (asked, answer) in batch.iter().zip(answers) {
            alone(run, asked, answer).await;
        }
    } else if let Some(only) = answers.pop() {
        let _ = only.send(Err(error));
    }
}

async fn alone<Req: Clone, Rep, E>(
    run: &Run<Req, Rep, E>,
    asked: &Asked<Req>,
    answer: oneshot::Sender<Result<Rep, E>>,
) {
    match run(Arc::new([asked.clone()])).await.map(|mut replies| replies.pop()) {
        Ok(Some(reply)) => drop(answer.send(Ok(reply))),
        Ok(None) => {}
        Err(error) => drop(answer.send(Err(error))),
    }
}

/// Trying each alone would not help.
fn is_outage(error: &StoreError) -> bool {
    matches!(error, StoreError::Unavailable(_) | StoreError::Unknown(_) | StoreError::Timeout)
}
