//! One attempt at some effects: the calls, and what becomes of them.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::join_all;
use kernel::CallCtx;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;
use uuid::Uuid;

use super::rows::{self, Settled, Settlement};
use super::worker::{Kind, cx};
use super::{Effect, Handler, Outcome};
use crate::Foundation;
use crate::backoff::Backoff;
use crate::store::{StoreError, Tx};

/// Effects of one kind that were taken together.
pub(super) struct Batch {
    pub kind: Kind,
    pub effects: Vec<Effect>,
    pub attempt: Uuid,
    /// One for each effect, until it is settled.
    pub places: OwnedSemaphorePermit,
}

/// Where an effect stands in its batch, and how its call ended.
type Ended = (usize, Outcome);

impl Batch {
    /// Effects are settled while other calls go on: one that hangs keeps nobody's outcome from being noted.
    pub(super) async fn carry_out(self, foundation: Foundation) {
        let Batch { kind, effects, attempt, mut places } = self;
        let (tell, mut told) = unbounded_channel();
        let settle = async {
            while let Some(ended) = gather(&mut told, &kind).await {
                let settled: Vec<Settled> = ended
                    .into_iter()
                    .filter_map(|ended| settled(&kind, &foundation, &effects, ended))
                    .collect();
                let done = settled.len();
                note(&kind, &foundation, settled, attempt).await;
                drop(places.split(done));
                foundation.store.effects().notify_one();
            }
        };
        tokio::join!(call_all(&*kind.handler, &effects, tell), settle);
    }
}

/// Makes the calls side by side, and tells of each when it has ended.
async fn call_all(handler: &dyn Handler, effects: &[Effect], tell: UnboundedSender<Ended>) {
    let deadline = handler.policy().deadline;
    let (cx, end) = (CallCtx::system("effects", deadline), Instant::now() + deadline);
    // Whoever is told lives as long as this does.
    let tell = |at, outcome| drop(tell.send((at, outcome)));
    match within(end, async { handler.calls(&cx, effects).await }).await {
        Ok(calls) => {
            let calls = calls.into_iter().enumerate().map(async |(at, call)| {
                tell(at, within(end, call).await.unwrap_or_else(Outcome::Retry));
            });
            join_all(calls).await;
        }
        Err(why) => (0..effects.len()).for_each(|at| tell(at, Outcome::Retry(why.clone()))),
    }
}

/// Whatever the handler does.
async fn within<T>(end: Instant, work: impl Future<Output = T>) -> Result<T, String> {
    match tokio::time::timeout_at(end, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(_)) => Err("the handler panicked".to_owned()),
        Err(_) => Err("the deadline passed".to_owned()),
    }
}

/// Calls that have ended, as many as come within the time that the policy gives; `None` after the last one.
async fn gather(told: &mut UnboundedReceiver<Ended>, kind: &Kind) -> Option<Vec<Ended>> {
    let policy = kind.handler.policy();
    let mut ended = vec![told.recv().await?];
    let rest = async { while told.recv_many(&mut ended, policy.concurrency).await > 0 {} };
    let _ = tokio::time::timeout(policy.gather, rest).await;
    Some(ended)
}

fn settled(
    kind: &Kind,
    foundation: &Foundation,
    effects: &[Effect],
    (at, outcome): Ended,
) -> Option<Settled> {
    let (name, effect) = (kind.handler.kind(), effects.get(at)?);
    metrics::counter!("holdfast_effects_total", "kind" => name, "outcome" => outcome.name()).increment(1);
    if let Outcome::Retry(error) | Outcome::Failed(error) = &outcome {
        let (key, attempt) = (&effect.key, effect.attempt);
        tracing::warn!(kind = name, key, attempt, error, "an effect did not go well");
    }
    Some(Settled { effect: effect.clone(), what: settlement(kind, foundation, effect.attempt, outcome) })
}

fn settlement(kind: &Kind, foundation: &Foundation, attempts: i32, outcome: Outcome) -> Settlement {
    let (policy, now) = (kind.handler.policy(), foundation.clock.now());
    match outcome {
        Outcome::Done => Settlement::Done,
        Outcome::Retry(why) if attempts < policy.attempts => {
            let waits = Backoff { first: policy.first_wait, longest: policy.longest_wait };
            let wait = waits.jittered(attempts, &foundation.ids, now);
            Settlement::Again { at: now.saturating_add(wait), why }
        }
        Outcome::Retry(why) | Outcome::Failed(why) => Settlement::Dead { why },
    }
}

/// Writes down what became of calls. Where that fails, their lease runs out, and they are made again.
async fn note(kind: &Kind, foundation: &Foundation, ended: Vec<Settled>, attempt: Uuid) {
    let (name, many, now) = (kind.handler.kind(), ended.len(), foundation.clock.now());
    let handler = Arc::clone(&kind.handler);
    let settle = move |tx: &mut Tx<'_>| {
        let ours = rows::settle(tx, ended.clone(), attempt, now)?;
        if !ours.is_empty() {
            handler.note(tx, &ours, now)?;
        }
        Ok(ours.len())
    };
    match foundation.store.write::<_, StoreError, _>(&cx(), "platform.settle_effects", settle).await {
        Ok(ours) if ours == many => {}
        Ok(ours) => tracing::warn!(kind = name, late = many - ours, "effects took longer than their lease"),
        Err(error) => tracing::warn!(kind = name, many, %error, "what became of effects is not noted"),
    }
}

impl Outcome {
    fn name(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Retry(_) => "retry",
            Outcome::Failed(_) => "failed",
        }
    }
}
