//! Many waiting requests carried out as one: what arrives while a batch is under way becomes the next one. Nobody
//! waits for a timer, so a lone request is as fast as without a batcher.
//!
//! A batch is drawn as late as can be: when its transaction has begun, not when it is asked for. The longer the database
//! takes, the larger the batches, and the fewer the commits to wait for.

mod draw;

use std::future::Future;
use std::sync::Arc;

use kernel::{BoxFut, CallCtx};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use self::draw::{Draw, Queue, Waiting};
use crate::store::{Db, Engine, Failure, Store, StoreError, Tx};

/// How a batch may grow and run.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests in one batch.
    pub size: usize,
    /// Batches under way at once.
    pub concurrency: usize,
}

/// Requests that may wait, in batches. More are refused: the module cannot keep up.
const WAITING_BATCHES: usize = 16;

/// A command or query that is carried out in batches. Cheap to clone.
pub struct Batcher<Req, Rep, E> {
    entrance: Arc<Entrance<Req, Rep, E>>,
}

/// What the clones of a batcher share; closes the queue when the last of them is gone.
struct Entrance<Req, Rep, E> {
    queue: Arc<Queue<Req, Rep, E>>,
    most: usize,
}

impl<Req, Rep, E> Drop for Entrance<Req, Rep, E> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

/// A request with the context it came in.
#[derive(Clone, Debug)]
pub struct Asked<Req> {
    pub cx: CallCtx,
    pub request: Req,
}

/// Requests that are carried out together. Shared, because a batch that fails is run again in parts.
pub type Batch<Req> = Arc<[Asked<Req>]>;

/// Draws a batch and carries it out.
type Run<Req, Rep, E> = dyn Fn(Arc<Draw<Req, Rep, E>>) -> BoxFut<'static, Result<Vec<Rep>, E>> + Send + Sync;

impl<Req, Rep, E> Clone for Batcher<Req, Rep, E> {
    fn clone(&self) -> Self {
        Batcher { entrance: Arc::clone(&self.entrance) }
    }
}

impl<Req, Rep, E> Batcher<Req, Rep, E>
where
    Req: Clone + Send + Sync + 'static,
    Rep: Send + 'static,
    E: Failure,
{
    /// A command: `run` carries out a batch in one transaction and answers each request, in order. It may be asked
    /// the same again, so the command is keyed: when a batch fails on something other than the database's absence,
    /// each of its requests is run alone, and only the one at fault fails.
    pub fn writes(
        store: &Store,
        name: &'static str,
        limits: Limits,
        run: impl Fn(&mut Tx<'_>, &[Asked<Req>]) -> Result<Vec<Rep>, E> + Send + Sync + 'static,
    ) -> Batcher<Req, Rep, E> {
        let (runtime, store, run) = (store.runtime().clone(), store.clone(), Arc::new(run));
        // The single writer takes turns by itself: the next batch may gather behind this one's sync.
        let leaves_early = store.engine() == Engine::Sqlite;
        Batcher::launch(&runtime, limits, move |draw| {
            let (store, run) = (store.clone(), Arc::clone(&run));
            Box::pin(async move {
                let cx = draw.patience();
                let change = move |tx: &mut Tx<'_>| {
                    let replies = draw.carry_out(|batch| run(tx, batch));
                    if leaves_early {
                        draw.leave();
                    }
                    replies
                };
                store.write(&cx, name, change).await
            })
        })
    }

    /// A query: `run` answers a batch, in order. It runs outside of a transaction; see [`Store::peek`].
    pub fn reads(
        store: &Store,
        limits: Limits,
        run: impl Fn(&mut Db<'_>, &[Asked<Req>]) -> Result<Vec<Rep>, E> + Send + Sync + 'static,
    ) -> Batcher<Req, Rep, E> {
        let (runtime, store, run) = (store.runtime().clone(), store.clone(), Arc::new(run));
        Batcher::launch(&runtime, limits, move |draw| {
            let (store, run) = (store.clone(), Arc::clone(&run));
            Box::pin(async move {
                let cx = draw.patience();
                store.peek(&cx, move |db| draw.carry_out(|batch| run(db, batch))).await
            })
        })
    }

    /// Work that is more than one transaction. As with [`Batcher::writes`], it may be asked the same again.
    pub fn start<F, R>(runtime: &Handle, limits: Limits, run: R) -> Batcher<Req, Rep, E>
    where
        F: Future<Output = Result<Vec<Rep>, E>> + Send + 'static,
        R: Fn(Batch<Req>) -> F + Send + Sync + 'static,
    {
        Batcher::launch(runtime, limits, move |draw| Box::pin(run(draw.batch())))
    }

    fn launch(
        runtime: &Handle,
        limits: Limits,
        run: impl Fn(Arc<Draw<Req, Rep, E>>) -> BoxFut<'static, Result<Vec<Rep>, E>> + Send + Sync + 'static,
    ) -> Batcher<Req, Rep, E> {
        let (queue, run): (_, Arc<Run<Req, Rep, E>>) = (Arc::new(Queue::new()), Arc::new(run));
        let (waiting, spawner) = (Arc::clone(&queue), runtime.clone());
        let places = Arc::new(Semaphore::new(limits.concurrency));
        runtime.spawn(async move {
            // The place first, then the batch: it grows until there is room to run it.
            while let Ok(place) = Arc::clone(&places).acquire_owned().await {
                if !waiting.rings().await {
                    return;
                }
                spawner.spawn(batch(Arc::clone(&waiting), limits, place, Arc::clone(&run)));
            }
        });
        let most = limits.size.saturating_mul(WAITING_BATCHES);
        Batcher { entrance: Arc::new(Entrance { queue, most }) }
    }

    /// # Errors
    /// The command's own; [`StoreError::Unavailable`] when too many wait; [`StoreError::Timeout`] when the caller's
    /// deadline passes first, with the outcome unknown.
    pub async fn call(&self, cx: &CallCtx, request: Req) -> Result<Rep, E> {
        let left = cx.remaining().ok_or(StoreError::Timeout)?;
        let (answer, answered) = oneshot::channel();
        let asked = Asked { cx: cx.clone(), request };
        if !self.entrance.queue.push(Waiting { asked, answer }, self.entrance.most) {
            return Err(StoreError::Unavailable("too many requests wait".to_owned()).into());
        }
        match tokio::time::timeout(left, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unknown("the batch was abandoned".to_owned()).into()),
            Err(_) => Err(StoreError::Timeout.into()),
        }
    }
}

type Answers<Rep, E> = Vec<oneshot::Sender<Result<Rep, E>>>;

/// One batch, from its draw to its answers.
async fn batch<Req: Clone, Rep, E: Failure>(
    queue: Arc<Queue<Req, Rep, E>>,
    limits: Limits,
    place: OwnedSemaphorePermit,
    run: Arc<Run<Req, Rep, E>>,
) {
    let draw = Arc::new(Draw::new(queue, limits.size, place));
    match run(Arc::clone(&draw)).await {
        Ok(replies) => {
            let (_, answers) = draw.end(false);
            for (answer, reply) in answers.into_iter().zip(replies) {
                // The caller may have given up waiting.
                let _ = answer.send(Ok(reply));
            }
        }
        Err(error) => {
            // A deadline is each caller's own: who waits since has a later one.
            let (batch, answers) = draw.end(!matches!(error.storage(), Some(StoreError::Timeout)));
            fail(&*run, &batch, answers, error).await;
        }
    }
    draw.leave();
}

async fn fail<Req: Clone, Rep, E: Failure>(
    run: &Run<Req, Rep, E>,
    batch: &[Asked<Req>],
    mut answers: Answers<Rep, E>,
    error: E,
) {
    if let Some(outage) = error.storage().filter(|error| error.is_outage()).cloned() {
        for answer in answers {
            let _ = answer.send(Err(outage.clone().into()));
        }
    } else if answers.len() > 1 {
        for (asked, answer) in batch.iter().zip(answers) {
            let reply = run(Arc::new(Draw::of(asked.clone()))).await;
            match reply.map(|mut replies| replies.pop()) {
                Ok(Some(reply)) => drop(answer.send(Ok(reply))),
                Ok(None) => {}
                Err(error) => drop(answer.send(Err(error))),
            }
        }
    } else if let Some(only) = answers.pop() {
        let _ = only.send(Err(error));
    }
}
