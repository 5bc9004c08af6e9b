//! Events that could not be applied, and those that wait behind them.

use std::collections::HashSet;

use diesel::prelude::*;
use kernel::{Envelope, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::feed::Logged;
use super::super::schema::dead_letter;
use crate::on;
use crate::store::{Db, Json, StoreError, Time, Tx, corrupt, one_of};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LetterState {
    /// Given up after several attempts.
    Dead,
    /// Waits behind a dead letter of the same aggregate.
    Parked,
    /// An operator decided that it is not to be applied.
    Discarded,
}

impl LetterState {
    pub(super) fn name(self) -> &'static str {
        match self {
            LetterState::Dead => "dead",
            LetterState::Parked => "parked",
            LetterState::Discarded => "discarded",
        }
    }
}

/// An event that was put aside.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Letter {
    pub subscription: String,
    /// Place in the source's log.
    pub seq: i64,
    pub state: LetterState,
    pub event: Envelope,
    pub error: Option<String>,
    pub note: Option<String>,
    pub actor: Option<String>,
    pub at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = dead_letter, treat_none_as_default_value = false)]
struct LetterRow {
    subscription: String,
    seq: i64,
    aggregate_id: String,
    state: String,
    envelope: Json,
    error: Option<String>,
    note: Option<String>,
    actor: Option<String>,
    at: Time,
}

impl LetterRow {
    fn read(self) -> Result<Letter, StoreError> {
        let bad = |column, detail: String| corrupt("dead_letter", column, self.seq, detail);
        Ok(Letter {
            state: match self.state.as_str() {
                "dead" => LetterState::Dead,
                "parked" => LetterState::Parked,
                "discarded" => LetterState::Discarded,
                other => return Err(bad("state", other.to_owned())),
            },
            event: serde_json::from_str(&self.envelope.0)
                .map_err(|error| bad("envelope", error.to_string()))?,
            subscription: self.subscription,
            seq: self.seq,
            error: self.error,
            note: self.note,
            actor: self.actor,
            at: self.at.0,
        })
    }
}

/// Puts an event aside.
pub(super) fn put_aside(
    tx: &mut Tx<'_>,
    subscription: &str,
    logged: &Logged,
    state: LetterState,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let row = LetterRow {
        subscription: subscription.to_owned(),
        seq: logged.seq,
        aggregate_id: logged.event.aggregate_id.clone(),
        state: state.name().to_owned(),
        envelope: Json::of(&logged.event)?,
        error: error.map(str::to_owned),
        note: None,
        actor: None,
        at: now.into(),
    };
    on!(tx, |conn| diesel::insert_into(dead_letter::table).values(&row).execute(conn))?;
    Ok(())
}

/// Which of these aggregates have events that were put aside.
pub(super) fn blocked(
    tx: &mut Tx<'_>,
    subscription: &str,
    aggregates: &[&str],
) -> Result<HashSet<String>, StoreError> {
    let blocked: Vec<String> = on!(tx, |conn| dead_letter::table
        .filter(dead_letter::subscription.eq(subscription))
        .filter(one_of(dead_letter::aggregate_id, aggregates))
        .filter(dead_letter::state.ne(LetterState::Discarded.name()))
        .select(dead_letter::aggregate_id)
        .load(conn))?;
    Ok(blocked.into_iter().collect())
}

/// Oldest first, after `after`.
pub(super) fn list(
    db: &mut Db<'_>,
    subscription: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Letter>, StoreError> {
    let rows: Vec<LetterRow> = on!(db, |conn| dead_letter::table
        .filter(dead_letter::subscription.eq(subscription))
        .filter(dead_letter::seq.gt(after))
        .order(dead_letter::seq)
        .limit(limit)
        .select(LetterRow::as_select())
        .load(conn))?;
    rows.into_iter().map(LetterRow::read).collect()
}

pub(super) fn find(db: &mut Db<'_>, subscription: &str, seq: i64) -> Result<Option<Letter>, StoreError> {
    let row: Option<LetterRow> = on!(db, |conn| dead_letter::table
        .find((subscription, seq))
        .select(LetterRow::as_select())
        .first(conn)
        .optional())?;
    row.map(LetterRow::read).transpose()
}

/// All of an aggregate that wait, in order.
pub(super) fn waiting(
    db: &mut Db<'_>,
    subscription: &str,
    aggregate: &str,
) -> Result<Vec<Logged>, StoreError> {
    let rows: Vec<LetterRow> = on!(db, |conn| dead_letter::table
        .filter(dead_letter::subscription.eq(subscription))
        .filter(dead_letter::aggregate_id.eq(aggregate))
        .filter(dead_letter::state.ne(LetterState::Discarded.name()))
        .order(dead_letter::seq)
        .select(LetterRow::as_select())
        .load(conn))?;
    let letters =
        rows.into_iter().map(|row| row.read().map(|Letter { seq, event, .. }| Logged::new(seq, event)));
    letters.collect()
}

/// The event has been applied after all.
pub(super) fn remove(tx: &mut Tx<'_>, subscription: &str, seq: i64) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(dead_letter::table.find((subscription, seq))).execute(conn))?;
    Ok(())
}

/// An operator's decision, with its reason.
pub(super) fn discard(
    tx: &mut Tx<'_>,
    subscription: &str,
    seq: i64,
    note: &str,
    actor: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(dead_letter::table.find((subscription, seq)))
        .set((
            dead_letter::state.eq(LetterState::Discarded.name()),
            dead_letter::note.eq(Some(note)),
            dead_letter::actor.eq(Some(actor)),
            dead_letter::at.eq(Time(now)),
        ))
        .execute(conn))?;
    Ok(())
}
