//! What becomes of a subscription that cannot go on.

use std::sync::Arc;
use std::time::Duration;

use super::Fault;
use super::apply::{self, Done, Step};
use super::dispatcher::{Dispatcher, Next};
use super::rows::{self, Row};
use crate::backoff::Backoff;
use crate::store::{StoreError, Tx};

/// An event that failed so often is given up. With the waits in between that takes some minutes.
const ATTEMPTS: i32 = 8;
const RETRY: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300) };
pub(super) const FIRST_WAIT: Duration = RETRY.first;

impl Dispatcher {
    /// Puts the event off, or gives it up.
    pub(super) async fn failed(&self, row: &Row, step: Step, fault: &Fault) -> Result<Next, StoreError> {
        if let Some(outage) = fault.outage() {
            return Err(outage.clone());
        }
        // Earlier attempts were at the event after the cursor that was read.
        let attempts = if step.from == row.seq { row.attempts.saturating_add(1) } else { 1 };
        let (name, now, error) = (self.subscription.name(), self.foundation.clock.now(), fault.to_string());
        tracing::warn!(subscription = name, seq = step.to(), attempts, error, "an event cannot be applied");
        if attempts < ATTEMPTS || matches!(fault, Fault::Younger(_)) {
            let wait = RETRY.jittered(attempts, &self.foundation.ids, now);
            let (from, next_at) = (step.from, now.saturating_add(wait));
            let put_off = move |tx: &mut Tx<'_>| rows::put_off(tx, name, from, attempts, next_at, &error);
            self.foundation.store.write(&self.cx(), "platform.put_off_event", put_off).await?;
            return Ok(Next::Rest(wait.min(FIRST_WAIT)));
        }
        let subscription = Arc::clone(&self.subscription);
        let bury = move |tx: &mut Tx<'_>| apply::bury(tx, &subscription, &step, &error, now);
        let buried: Result<Done, Fault> =
            self.foundation.store.write(&self.cx(), "platform.bury_event", bury).await;
        if matches!(buried, Ok(Done::Applied)) {
            metrics::counter!("holdfast_dead_letters_total", "subscription" => name).increment(1);
        }
        buried.map(|_| Next::Look).map_err(|fault| StoreError::Query(fault.to_string()))
    }

    pub(super) async fn stop(&self, why: &'static str) -> Result<Next, StoreError> {
        let name = self.subscription.name();
        tracing::error!(subscription = name, why, "paused");
        let pause = move |tx: &mut Tx<'_>| rows::set_paused(tx, name, true, Some(why));
        self.foundation.store.write(&self.cx(), "platform.pause_subscription", pause).await?;
        Ok(Next::Rest(FIRST_WAIT))
    }

    /// Numbers have no gaps: the events in between were trimmed, and waiting brings none of them back. Whether to go on
    /// without them is for a person to say.
    pub(super) async fn skip(&self, from: i64, to: i64) -> Result<Next, StoreError> {
        let name = self.subscription.name();
        let why = format!(
            "the source does not keep events {} to {to} any more; it goes on without them",
            from.saturating_add(1)
        );
        tracing::error!(subscription = name, why, "paused");
        let skip = move |tx: &mut Tx<'_>| {
            rows::rewind(tx, name, to)?;
            rows::set_paused(tx, name, true, Some(&why))
        };
        self.foundation.store.write(&self.cx(), "platform.skip_trimmed", skip).await?;
        Ok(Next::Rest(FIRST_WAIT))
    }
}
