//! What a module keeps of its log: everything that some listener has not heard, and what is younger than a given age.
//!
//! Listeners keep their cursors in their own stores and say here how far they have come. That may lag behind the truth,
//! never run ahead of it, so what is trimmed was heard by all. The last event always stays: a listener that was
//! forgotten finds a gap behind its cursor, and stops.

use std::sync::Arc;
use std::time::Duration;

use diesel::dsl::max;
use diesel::prelude::*;
use kernel::{CallCtx, Clock, Timestamp};

use super::feed::Ahead;
use super::schema::{event_log, listener, log_head};
use crate::store::{Db, Engine, Store, StoreError, Time, Tx};
use crate::workers::Workers;
use crate::{on, on_locked};

const TRIM_EVERY: Duration = Duration::from_secs(10 * 60);
const BATCH: i64 = 1000;

/// Starts the worker that trims the store's log, of what is older than `keep`. All listeners must have said where they
/// are before.
pub fn start(store: &Store, clock: Arc<dyn Clock>, keep: Duration, workers: &Workers) {
    let store = store.clone();
    workers.spawn("log-retention", move |beat| async move {
        loop {
            let cx = CallCtx::system("log-retention", Duration::from_secs(10));
            match trim(&store, &cx, clock.now().saturating_sub(keep)).await {
                Ok(Trimmed { events: BATCH, .. }) => continue,
                Ok(Trimmed { held_by: Some(subscription), .. }) => tracing::warn!(
                    module = store.module(),
                    subscription,
                    "old events are kept, because a subscription has not heard them"
                ),
                Ok(_) => {}
                Err(error) => tracing::warn!(module = store.module(), %error, "cannot trim the event log"),
            }
            beat.rest(TRIM_EVERY).await;
        }
    });
}

/// What one batch of trimming did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trimmed {
    pub events: i64,
    /// The subscription for which more old events are kept.
    pub held_by: Option<String>,
}

/// Deletes up to a batch of the events at the log's beginning that happened before `before` and that all listeners have
/// heard.
///
/// # Errors
/// [`StoreError`].
pub async fn trim(store: &Store, cx: &CallCtx, before: Timestamp) -> Result<Trimmed, StoreError> {
    let trimmed = store.write(cx, "platform.trim_log", move |tx| trim_batch(tx, before)).await?;
    if store.engine() == Engine::Postgres && trimmed.events > 0 {
        // It may have found the head locked, and gone away.
        store.appended().notify_one();
    }
    Ok(trimmed)
}

fn trim_batch(tx: &mut Tx<'_>, before: Timestamp) -> Result<Trimmed, StoreError> {
    // Locked first, so that nobody who goes back is overlooked.
    let slowest = slowest(tx)?;
    let (first, trimmed_before): (i64, Option<Time>) =
        on!(tx, |conn| log_head::table.select((log_head::first_seq, log_head::trimmed_before)).first(conn))?;
    let last: Option<i64> = on!(tx, |conn| event_log::table.select(max(event_log::seq)).first(conn))?;
    let oldest: Vec<(i64, Time)> = on!(tx, |conn| event_log::table
        .filter(event_log::seq.ge(first))
        .filter(event_log::seq.lt(last.unwrap_or(first)))
        .order(event_log::seq)
        .limit(BATCH)
        .select((event_log::seq, event_log::occurred_at))
        .load(conn))?;
    let heard = slowest.as_ref().map_or(i64::MAX, |(_, seq)| *seq);
    let old = oldest.iter().take_while(|(_, at)| at.0 < before).map(|(seq, _)| *seq);
    let (heard, unheard): (Vec<i64>, Vec<i64>) = old.partition(|seq| *seq <= heard);
    if let Some(to) = heard.last() {
        let begin = event_log::seq.ge(first).and(event_log::seq.le(*to));
        on!(tx, |conn| diesel::delete(event_log::table.filter(begin)).execute(conn))?;
        let trimmed_before = trimmed_before.map_or(before, |at| at.0.max(before));
        on!(tx, |conn| diesel::update(log_head::table.filter(log_head::first_seq.le(*to)))
            .set((
                log_head::first_seq.eq(to.saturating_add(1)),
                log_head::trimmed_before.eq(Some(Time(trimmed_before))),
            ))
            .execute(conn))?;
    }
    let held_by = slowest.filter(|_| !unheard.is_empty()).map(|(subscription, _)| subscription);
    Ok(Trimmed { events: i64::try_from(heard.len()).unwrap_or(BATCH), held_by })
}

/// Who has heard least, and how far.
fn slowest(tx: &mut Tx<'_>) -> Result<Option<(String, i64)>, StoreError> {
    let all: Vec<(String, i64)> =
        on_locked!(tx, listener::table.order(listener::subscription), |all, conn| all.load(conn))?;
    Ok(all.into_iter().min_by_key(|(_, seq)| *seq))
}

/// What is in the log after `seq`.
pub(super) fn ahead(db: &mut Db<'_>, seq: i64) -> Result<Ahead, StoreError> {
    let first = first_kept(db)?;
    let last: Option<i64> = on!(db, |conn| event_log::table.select(max(event_log::seq)).first(conn))?;
    let since: Option<Time> = on!(db, |conn| event_log::table
        .filter(event_log::seq.gt(seq))
        .order(event_log::seq)
        .select(event_log::occurred_at)
        .first(conn)
        .optional())?;
    let events = last.map_or(0, |last| last.saturating_sub(seq)).max(0);
    Ok(Ahead { first, events, since: since.map(|at| at.0) })
}

/// Notes how far a subscription has heard, and answers the place of the first event that is kept.
pub(super) fn acknowledge(tx: &mut Tx<'_>, subscription: &str, seq: i64) -> Result<i64, StoreError> {
    use diesel::query_dsl::methods::FilterDsl;
    on!(tx, |conn| diesel::insert_into(listener::table)
        .values((listener::subscription.eq(subscription), listener::seq.eq(seq)))
        .on_conflict(listener::subscription)
        .do_update()
        .set(listener::seq.eq(seq))
        .filter(listener::seq.ne(seq))
        .execute(conn))?;
    // After the row is ours: no trim that does not know of it comes in between.
    first_kept(tx)
}

fn first_kept(db: &mut Db<'_>) -> Result<i64, StoreError> {
    Ok(on!(db, |conn| log_head::table.select(log_head::first_seq).first(conn))?)
}

/// All events that happened then or later are still in the log. `None` if nothing was ever trimmed.
///
/// # Errors
/// [`StoreError`].
pub fn kept_since(db: &mut Db<'_>) -> Result<Option<Timestamp>, StoreError> {
    let before: Option<Time> = on!(db, |conn| log_head::table.select(log_head::trimmed_before).first(conn))?;
    Ok(before.map(|at| at.0))
}
