//! Carries a module's effects out.

use std::sync::Arc;
use std::time::Duration;

use kernel::{CallCtx, Timestamp};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::attempt::Batch;
use super::rows::{self, Claim};
use super::{Effect, Handler};
use crate::Foundation;
use crate::store::{Store, StoreError, Tx};
use crate::workers::Workers;

/// How often somebody looks who was not woken: other instances decide on effects, too, and crash.
const LOOK: Duration = Duration::from_secs(5);
const BUDGET: Duration = Duration::from_secs(5);
/// From the end of a call's deadline to the end of its lease, in which it is settled.
const MARGIN: Duration = Duration::from_secs(10);
/// What is due is being taken by another instance.
const OVERTAKEN: Duration = Duration::from_millis(50);
/// How long one that is done is kept: for so long deciding on it again changes nothing.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
const PURGE_EVERY: Duration = Duration::from_secs(15 * 60);
const PURGE_BATCH: i64 = 1000;

/// The effects of one module, and who carries them out. Cheap to clone.
#[derive(Clone)]
pub struct Effects {
    foundation: Foundation,
    kinds: Arc<[Kind]>,
    look_every: Duration,
}

#[derive(Clone)]
pub(super) struct Kind {
    pub(super) handler: Arc<dyn Handler>,
    places: Arc<Semaphore>,
}

impl Effects {
    pub fn new(foundation: Foundation, handlers: Vec<Arc<dyn Handler>>) -> Effects {
        let kind = |handler: Arc<dyn Handler>| {
            let places = Arc::new(Semaphore::new(handler.policy().concurrency));
            Kind { handler, places }
        };
        Effects { foundation, kinds: handlers.into_iter().map(kind).collect(), look_every: LOOK }
    }

    /// The same, but relying on the bell for longer.
    #[must_use]
    pub fn look_every(self, look_every: Duration) -> Effects {
        Effects { look_every, ..self }
    }

    pub(super) fn handler(&self, kind: &str) -> Option<&dyn Handler> {
        self.kinds.iter().map(|known| &*known.handler).find(|handler| handler.kind() == kind)
    }

    /// Of the module that decides on them.
    pub fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// Checks that everything that is stored has a handler.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when something has none: it would wait unnoticed.
    pub async fn check_kinds(store: &Store, effects: Option<&Effects>) -> Result<(), StoreError> {
        let stored = store.read(&CallCtx::system("effects", BUDGET), rows::kinds).await?;
        let kinds = effects.map_or(&[][..], |effects| &*effects.kinds);
        match stored.iter().find(|kind| !kinds.iter().any(|known| known.handler.kind() == kind.as_str())) {
            None => Ok(()),
            Some(orphan) => Err(StoreError::Migration(format!(
                "{} has effects of the kind {orphan}, which this version does not carry out; delete them from `effect` if they \
                 are no longer wanted",
                store.module()
            ))),
        }
    }

    /// Carries effects out in the background.
    pub fn start(&self, workers: &Workers) {
        let this = self.clone();
        workers.spawn("effects", move |beat| async move {
            loop {
                beat.show();
                let wait = this.look().await.unwrap_or_else(|error| {
                    tracing::warn!(module = this.foundation.store.module(), %error, "cannot look for effects");
                    LOOK
                });
                beat.pause(wait, this.foundation.store.effects()).await;
            }
        });
        let this = self.clone();
        workers.spawn("effect-purge", move |beat| async move {
            loop {
                match this.purge().await {
                    Ok(purged) if i64::try_from(purged).is_ok_and(|purged| purged == PURGE_BATCH) => continue,
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(module = this.foundation.store.module(), %error, "cannot purge effects");
                    }
                }
                beat.rest(PURGE_EVERY).await;
            }
        });
    }

    /// Waits until every call that is under way is settled. To be called once the workers have stopped.
    pub async fn finish(&self) {
        for kind in &*self.kinds {
            let all = u32::try_from(kind.handler.policy().concurrency).unwrap_or(u32::MAX);
            // Never closed. Whoever does not end in time leaves a lease that runs out.
            let within = kind.handler.policy().deadline.saturating_add(BUDGET);
            let _ = tokio::time::timeout(within, kind.places.acquire_many(all)).await;
        }
    }

    /// Deletes a batch of what was done long ago, and says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn purge(&self) -> Result<usize, StoreError> {
        let before = self.foundation.clock.now().saturating_sub(KEPT);
        let purge = move |tx: &mut Tx<'_>| rows::purge(tx, before, PURGE_BATCH);
        self.foundation.store.write(&cx(), "platform.purge_effects", purge).await
    }

    /// Begins what is due, as far as there is room, and says how long there is nothing more to begin.
    async fn look(&self) -> Result<Duration, StoreError> {
        let mut wait = self.look_every;
        for kind in &*self.kinds {
            wait = wait.min(self.serve(kind).await?);
        }
        Ok(wait)
    }

    async fn serve(&self, kind: &Kind) -> Result<Duration, StoreError> {
        let (name, now) = (kind.handler.kind(), self.foundation.clock.now());
        let next = self.foundation.store.peek(&cx(), move |db| rows::next_due(db, name)).await?;
        let wait = next.map_or(self.look_every, |at| at.since(now));
        let free = kind.places.available_permits();
        // Calls that end ring. Until half of them have, the next batch would be a small one.
        if free == 0 || free < kind.handler.policy().concurrency / 2 || !wait.is_zero() {
            return Ok(if wait.is_zero() { self.look_every } else { wait });
        }
        let attempt = self.foundation.ids.uuid(now);
        let effects = self.claim(kind, free, attempt, now).await?;
        let wait = if effects.is_empty() { OVERTAKEN } else { Duration::ZERO };
        let many = u32::try_from(effects.len()).unwrap_or(u32::MAX);
        if let Ok(places) = Arc::clone(&kind.places).try_acquire_many_owned(many) {
            let batch = Batch { kind: kind.clone(), effects, attempt, places };
            self.foundation.store.runtime().spawn(batch.carry_out(self.foundation.clone()));
        }
        Ok(wait)
    }

    async fn claim(
        &self,
        kind: &Kind,
        free: usize,
        attempt: Uuid,
        now: Timestamp,
    ) -> Result<Vec<Effect>, StoreError> {
        let policy = kind.handler.policy();
        let claim = Claim {
            kind: kind.handler.kind(),
            most: i64::try_from(free).unwrap_or(i64::MAX),
            attempt,
            now,
            lease: policy.deadline.saturating_add(policy.gather).saturating_add(MARGIN),
            attempts: policy.attempts,
        };
        let handler = Arc::clone(&kind.handler);
        let claim = move |tx: &mut Tx<'_>| {
            let claimed = rows::claim(tx, &claim)?;
            if !claimed.spent.is_empty() {
                handler.note(tx, &claimed.spent, claim.now)?;
            }
            Ok(claimed.taken)
        };
        self.foundation.store.write(&cx(), "platform.claim_effects", claim).await
    }
}

pub(super) fn cx() -> CallCtx {
    CallCtx::system("effects", BUDGET)
}
