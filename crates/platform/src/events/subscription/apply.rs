//! The transaction that applies events and moves the cursor.

use std::sync::Arc;

use kernel::Timestamp;
use uuid::Uuid;

use super::super::feed::Logged;
use super::letters::{self, LetterState};
use super::{Fault, Subscription, rows};
use crate::store::Tx;
use crate::{Change, bug};

/// Events to apply, and where the cursor is before them.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub log_id: Uuid,
    pub from: i64,
    pub events: Arc<[Logged]>,
    /// Once all of these are applied.
    pub heard_until: Option<Timestamp>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Applied,
    /// Somebody else moved the cursor, or paused.
    Overtaken,
}

impl Step {
    /// Where the cursor is after them.
    pub(super) fn to(&self) -> i64 {
        self.events.last().map_or(self.from, |last| last.seq)
    }

    /// Each event by itself.
    pub(super) fn singles(&self) -> impl Iterator<Item = Step> {
        self.events.iter().scan(self.from, |from, logged| {
            let heard_until = self.heard_until.filter(|_| self.to() == logged.seq);
            let before = std::mem::replace(from, logged.seq);
            Some(Step { log_id: self.log_id, from: before, events: [logged.clone()].into(), heard_until })
        })
    }
}

/// All or none.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    subscription: &Subscription,
    change: &Change,
    step: &Step,
) -> Result<Done, Fault> {
    let name = subscription.name();
    if !bug!(CursorApart) && !rows::advance(tx, name, step.log_id, (step.from, step.to()), step.heard_until)?
    {
        return Ok(Done::Overtaken);
    }
    let mine: Vec<&Logged> =
        step.events.iter().filter(|logged| subscription.concerns(&logged.event)).collect();
    if mine.is_empty() {
        return Ok(Done::Applied);
    }
    let aggregates: Vec<&str> = mine.iter().map(|logged| logged.event.aggregate_id.as_str()).collect();
    let blocked = letters::blocked(tx, name, &aggregates)?;
    let (parked, free): (Vec<&Logged>, Vec<&Logged>) =
        mine.into_iter().partition(|logged| blocked.contains(&logged.event.aggregate_id));
    for logged in parked {
        letters::put_aside(tx, name, logged, LetterState::Parked, None, change.now)?;
    }
    if !free.is_empty() {
        (subscription.apply)(tx, change, &free)?;
    }
    Ok(Done::Applied)
}

/// Gives the only event of the step up, and goes on behind it.
pub(super) fn bury(
    tx: &mut Tx<'_>,
    subscription: &Subscription,
    step: &Step,
    error: &str,
    now: Timestamp,
) -> Result<Done, Fault> {
    let name = subscription.name();
    if !rows::advance(tx, name, step.log_id, (step.from, step.to()), step.heard_until)? {
        return Ok(Done::Overtaken);
    }
    for logged in step.events.iter() {
        letters::put_aside(tx, name, logged, LetterState::Dead, Some(error), now)?;
    }
    Ok(Done::Applied)
}
