//! Where a subscription stands.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::schema::{dead_letter, subscription};
use super::Subscription;
use crate::store::{Db, Key, Moment, StoreError, Time, Tx, Uid};
use crate::{on, with_rows};

/// Where a subscription stands, for operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standing {
    pub name: String,
    /// The module whose events it hears.
    pub source: String,
    /// Place in the source's log of the last event that was applied.
    pub seq: i64,
    /// Everything that the source committed until then has been heard.
    pub heard_until: Option<Timestamp>,
    pub paused: bool,
    /// How often the next event was tried in vain, when it is tried again, and what was the matter.
    pub attempts: i32,
    pub next_at: Option<Timestamp>,
    pub last_error: Option<String>,
    /// Events that were given up, and those that wait behind them.
    pub dead: i64,
    pub parked: i64,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = subscription)]
pub(super) struct Row {
    pub name: String,
    pub source: String,
    pub log_id: Option<Key>,
    pub seq: i64,
    pub heard_until: Option<Time>,
    pub lease_owner: Option<Key>,
    pub lease_until: Option<Time>,
    pub attempts: i32,
    pub next_at: Option<Time>,
    pub last_error: Option<String>,
    pub paused: bool,
}

impl Row {
    /// Whether the cursor is a place in another log than this one.
    pub(super) fn is_of_another_log(&self, log_id: Uuid) -> bool {
        self.log_id.is_some_and(|log| log.0 != log_id)
    }
}

pub(super) fn register(tx: &mut Tx<'_>, of: &Subscription) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::insert_into(subscription::table)
        .values((subscription::name.eq(of.name()), subscription::source.eq(of.source())))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(())
}

pub(super) fn names(db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| subscription::table.select(subscription::name).order(subscription::name).load(conn))?)
}

pub(super) fn find(db: &mut Db<'_>, name: &str) -> Result<Row, StoreError> {
    Ok(on!(db, |conn| subscription::table.find(name).select(Row::as_select()).first(conn))?)
}

pub(super) fn standing(db: &mut Db<'_>, name: &str) -> Result<Standing, StoreError> {
    let row = find(db, name)?;
    let mut count = |state: &str| -> Result<i64, StoreError> {
        Ok(on!(db, |conn| dead_letter::table
            .filter(dead_letter::subscription.eq(name))
            .filter(dead_letter::state.eq(state))
            .count()
            .get_result(conn))?)
    };
    Ok(Standing {
        dead: count("dead")?,
        parked: count("parked")?,
        name: row.name,
        source: row.source,
        seq: row.seq,
        heard_until: row.heard_until.map(|at| at.0),
        paused: row.paused,
        attempts: row.attempts,
        next_at: row.next_at.map(|at| at.0),
        last_error: row.last_error,
    })
}

/// Leases the subscription, unless somebody else has it; says whether it is `owner`'s now.
pub(super) fn lease(
    tx: &mut Tx<'_>,
    name: &str,
    owner: Uuid,
    now: Timestamp,
    lasts: Duration,
) -> Result<bool, StoreError> {
    struct Lease<'a> {
        name: &'a str,
        owner: Key,
        until: Time,
        now: Time,
    }
    let until = Time(now.saturating_add(lasts));
    let leased = with_rows!(
        tx,
        [Lease { name, owner: Key(owner), until, now: Time(now) }],
        { name: Text, owner: Uid, until: Moment, now: Moment },
        "UPDATE subscription SET lease_owner = given.owner, lease_until = given.until FROM given \
         WHERE subscription.name = given.name \
         AND (lease_owner IS NULL OR lease_owner = given.owner OR lease_until < given.now)"
    )?;
    Ok(leased == 1)
}

/// Lets go of a lease, so that another instance need not wait for its end.
pub(super) fn unlease(tx: &mut Tx<'_>, name: &str, owner: Uuid) -> Result<(), StoreError> {
    let ours = subscription::table.find(name).filter(subscription::lease_owner.eq(Some(Key(owner))));
    on!(tx, |conn| diesel::update(ours).set(subscription::lease_owner.eq(None::<Key>)).execute(conn))?;
    Ok(())
}

/// Whoever had leases is gone.
pub(super) fn end_leases(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(subscription::table)
        .set(subscription::lease_owner.eq(None::<Key>))
        .execute(conn))?;
    Ok(())
}

/// Moves the cursor, if it is still where it was and nobody has paused; says whether it moved. What stood in the way of the
/// event before it is over.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    name: &str,
    log_id: Uuid,
    (from, to): (i64, i64),
    heard_until: Option<Timestamp>,
) -> Result<bool, StoreError> {
    struct Move<'a> {
        name: &'a str,
        from_seq: i64,
        to_seq: i64,
        log_id: Key,
        until: Option<Time>,
    }
    let until = heard_until.map(Time);
    let moved = with_rows!(
        tx,
        [Move { name, from_seq: from, to_seq: to, log_id: Key(log_id), until }],
        { name: Text, from_seq: BigInt, to_seq: BigInt, log_id: Uid, until: Nullable<Moment> },
        "UPDATE subscription SET log_id = given.log_id, seq = given.to_seq, attempts = 0, next_at = NULL, last_error = NULL, \
         heard_until = COALESCE(given.until, heard_until) FROM given \
         WHERE subscription.name = given.name AND seq = given.from_seq AND NOT paused"
    )?;
    Ok(moved == 1)
}

/// Notes that the event after `seq` failed.
pub(super) fn put_off(
    tx: &mut Tx<'_>,
    name: &str,
    seq: i64,
    attempts: i32,
    next_at: Timestamp,
    error: &str,
) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(subscription::table.find(name).filter(subscription::seq.eq(seq)))
        .set((
            subscription::attempts.eq(attempts),
            subscription::next_at.eq(Some(Time(next_at))),
            subscription::last_error.eq(Some(error)),
        ))
        .execute(conn))?;
    Ok(())
}

/// Pauses, with the reason, or goes on.
pub(super) fn set_paused(
    tx: &mut Tx<'_>,
    name: &str,
    paused: bool,
    why: Option<&str>,
) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(subscription::table.find(name))
        .set((
            subscription::paused.eq(paused),
            subscription::attempts.eq(0),
            subscription::next_at.eq(None::<Time>),
            subscription::last_error.eq(why),
        ))
        .execute(conn))?;
    Ok(())
}

/// Puts the cursor elsewhere.
pub(super) fn rewind(tx: &mut Tx<'_>, name: &str, seq: i64) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(subscription::table.find(name))
        .set((
            subscription::seq.eq(seq),
            subscription::log_id.eq(None::<Key>),
            subscription::heard_until.eq(None::<Time>),
            subscription::attempts.eq(0),
            subscription::next_at.eq(None::<Time>),
        ))
        .execute(conn))?;
    Ok(())
}

/// The place in the source's log of the last event that a subscription has applied; `None` if there is no such subscription.
///
/// # Errors
/// [`StoreError`].
pub fn place(db: &mut Db<'_>, name: &str) -> Result<Option<i64>, StoreError> {
    Ok(on!(db, |conn| subscription::table.find(name).select(subscription::seq).first(conn).optional())?)
}

/// Until when a subscription has heard everything that its source committed; `None` if that is not known.
///
/// # Errors
/// [`StoreError`].
pub fn heard_until(db: &mut Db<'_>, name: &str) -> Result<Option<Timestamp>, StoreError> {
    let until: Option<Option<Time>> = on!(db, |conn| subscription::table
        .find(name)
        .select(subscription::heard_until)
        .first(conn)
        .optional())?;
    Ok(until.flatten().map(|at| at.0))
}
