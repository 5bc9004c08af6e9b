//! Takes sagas up whose owner is gone, on any instance.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use kernel::{CallCtx, Timestamp};
use tokio::sync::Notify;
use tracing::Instrument;

use super::rows::{Row, State};
use super::{Progress, Saga, Setback, Taken, own, text_of};
use crate::backoff::Backoff;
use crate::store::{Engine, StoreError, Tx};
use crate::workers::Workers;

/// For how long a saga is its owner's: longer than any request lasts.
pub const LEASE: Duration = Duration::from_secs(10);
/// Between two looks at what somebody else is about to finish.
const A_MOMENT: Duration = Duration::from_millis(10);
const EVERY: Duration = Duration::from_secs(1);
const BATCH: i64 = 64;
pub(super) const BUDGET: Duration = Duration::from_secs(5);
/// Failures that are no outage, before a saga is stuck.
const ATTEMPTS: i32 = 8;
/// A saga goes on soon after an outage is over.
const AFTER_OUTAGE: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(8) };
const AFTER_FAILURE: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

/// Drives sagas of one kind that have no owner. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Runner<S> {
    pub(super) saga: S,
    pub(super) bell: Arc<Notify>,
}

impl<S: Saga> Runner<S> {
    /// Ringing `bell` makes it look.
    pub fn new(saga: S, bell: Arc<Notify>) -> Runner<S> {
        Runner { saga, bell }
    }

    /// Looks every second, and when the bell rings.
    pub fn start(&self, workers: &Workers) {
        let this = self.clone();
        workers.spawn(S::NAME, move |beat| async move {
            // SQLite has one process: whatever is under way when it starts was left by a crash.
            let mut left_behind = this.saga.foundation().store.engine() == Engine::Sqlite;
            loop {
                beat.show();
                if left_behind {
                    left_behind = this.orphan(false).await.is_err();
                }
                match this.sweep().await {
                    Ok(swept) if swept.more => {}
                    Ok(_) => beat.pause(EVERY, &this.bell).await,
                    Err(error) => {
                        tracing::warn!(saga = S::NAME, %error, "cannot look for sagas without an owner");
                        beat.pause(EVERY, &this.bell).await;
                    }
                }
            }
        });
    }

    /// Takes up every saga, owned, waiting or not, until none gets any further. For tests and one-off commands.
    ///
    /// # Errors
    /// [`StoreError`] when the tables cannot be used.
    pub async fn finish_all(&self) -> Result<(), StoreError> {
        loop {
            self.orphan(true).await?;
            let mut over = 0;
            loop {
                let swept = self.sweep().await?;
                over += swept.over;
                if !swept.more {
                    break;
                }
            }
            let somebody_is_at_work =
                self.saga.foundation().store.peek(&cx::<S>(), own::any_running::<S>).await?;
            match (over, somebody_is_at_work) {
                (0, false) => return Ok(()),
                (0, true) => tokio::time::sleep(A_MOMENT).await,
                _ => {}
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.saga.foundation().clock.now()
    }

    async fn orphan(&self, all: bool) -> Result<(), StoreError> {
        let now = self.now();
        let orphan = move |tx: &mut Tx<'_>| own::orphan::<S>(tx, now, all);
        self.saga.foundation().store.write(&cx::<S>(), "saga.orphan", orphan).await
    }

    async fn sweep(&self) -> Result<Swept, StoreError> {
        let (store, now) = (&self.saga.foundation().store, self.now());
        // A look costs less than a transaction that changes nothing.
        if !store.peek(&cx::<S>(), move |db| own::any_due::<S>(db, now)).await? {
            return Ok(Swept::default());
        }
        let until = now.saturating_add(LEASE);
        let claim = move |tx: &mut Tx<'_>| own::claim::<S>(tx, now, until, BATCH);
        let rows: Vec<Row> = store.write(&cx::<S>(), "saga.claim", claim).await?;
        let more = !rows.is_empty();
        let over = join_all(rows.iter().map(|row| self.take_up(row))).await;
        Ok(Swept { over: over.into_iter().filter(|over| *over).count(), more })
    }

    async fn take_up(&self, row: &Row) -> bool {
        let id = text_of::<S>(row.id);
        tracing::info!(saga = S::NAME, id, epoch = row.epoch, "taken up");
        let resumed = match row.taken() {
            Ok(taken) => self.resume(taken).await,
            Err(error) => Err(Setback::Failed(error.to_string())),
        };
        match resumed {
            Ok(progress) => progress == Progress::Over,
            Err(setback) => {
                if let Err(error) = self.put_off(row, &setback).await {
                    tracing::warn!(saga = S::NAME, id, %error, "the setback is not noted");
                }
                false
            }
        }
    }

    async fn resume(&self, taken: Taken<S::Data>) -> Result<Progress, Setback> {
        let saga = self.saga.clone();
        let work = async move { saga.resume(&cx::<S>(), taken).await };
        // In a task of its own: one that panics takes nobody with it.
        let work = self.saga.foundation().store.runtime().spawn(work.in_current_span());
        work.await.unwrap_or_else(|panicked| Err(Setback::Failed(panicked.to_string())))
    }

    async fn put_off(&self, row: &Row, setback: &Setback) -> Result<(), StoreError> {
        let (hold, attempts) = (row.hold(), row.attempts.saturating_add(1));
        let (state, wait) = match setback {
            Setback::Outage(_) => (State::Waiting, AFTER_OUTAGE.after(attempts)),
            Setback::Failed(_) if attempts < ATTEMPTS => (State::Waiting, AFTER_FAILURE.after(attempts)),
            Setback::Failed(_) => (State::Stuck, Duration::ZERO),
        };
        let (error, until, id) = (setback.to_string(), self.now().saturating_add(wait), text_of::<S>(row.id));
        tracing::warn!(saga = S::NAME, id, attempts, error, "the saga gets no further for now");
        if state == State::Stuck {
            tracing::error!(saga = S::NAME, id, error, "the saga is stuck: an operator must decide");
            metrics::counter!("holdfast_sagas_stuck_total", "saga" => S::NAME).increment(1);
        }
        let put_off = move |tx: &mut Tx<'_>| own::put_off(tx, hold, state, (attempts, &error), until);
        self.saga.foundation().store.write(&cx::<S>(), "saga.put_off", put_off).await
    }
}

/// What became of a sweep.
#[derive(Clone, Copy, Debug, Default)]
struct Swept {
    over: usize,
    /// There may be more to take up.
    more: bool,
}

pub(super) fn cx<S: Saga>() -> CallCtx {
    CallCtx::system(S::NAME, BUDGET)
}
