//! Taking sagas over, and putting them off: what their runner and operators do.

use diesel::prelude::*;
use kernel::Timestamp;

use super::rows::schema::saga;
use super::rows::{Row, State};
use super::{Hold, Saga};
use crate::store::{Db, Key, StoreError, Time, Tx, one_of};
use crate::{on, on_locked};

/// Whether a saga of this kind has no owner.
pub(super) fn any_due<S: Saga>(db: &mut Db<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let due: Option<Key> = on!(db, |conn| saga::table
        .filter(saga::lease_until.le(Time(now)))
        .filter(saga::name.eq(S::NAME))
        .filter(saga::state.ne(State::Stuck.name()))
        .select(saga::id)
        .first(conn)
        .optional())?;
    Ok(due.is_some())
}

/// Whether somebody is at work on a saga of this kind, or has died over it.
pub(super) fn any_running<S: Saga>(db: &mut Db<'_>) -> Result<bool, StoreError> {
    let running: Option<Key> = on!(db, |conn| saga::table
        .filter(saga::name.eq(S::NAME))
        .filter(saga::state.eq(State::Running.name()))
        .select(saga::id)
        .first(conn)
        .optional())?;
    Ok(running.is_some())
}

/// Takes sagas that have no owner, under a new epoch each, and leases them until `lease_until`. Rivals get others.
pub(super) fn claim<S: Saga>(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let due = saga::table
        .filter(saga::lease_until.le(Time(now)))
        .filter(saga::name.eq(S::NAME))
        .filter(saga::state.ne(State::Stuck.name()))
        .order(saga::lease_until)
        .limit(limit);
    let mut rows: Vec<Row> = match &mut **tx {
        Db::Postgres(conn) => due.select(Row::as_select()).for_update().skip_locked().load(*conn)?,
        Db::Sqlite(conn) => due.select(Row::as_select()).load(*conn)?,
    };
    let ids: Vec<Key> = rows.iter().map(|row| row.id).collect();
    on!(tx, |conn| diesel::update(saga::table.filter(one_of(saga::id, &ids)))
        .set((
            saga::epoch.eq(saga::epoch + 1),
            saga::state.eq(State::Running.name()),
            saga::lease_until.eq(Time(lease_until)),
            saga::woken.eq(false),
        ))
        .execute(conn))?;
    for row in &mut rows {
        row.epoch = row.epoch.saturating_add(1);
    }
    Ok(rows)
}

/// Notes that a saga got no further, if the hold still counts.
pub(super) fn put_off(
    tx: &mut Tx<'_>,
    hold: Hold,
    state: State,
    (attempts, error): (i32, &str),
    lease_until: Timestamp,
) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(saga::table.find(hold.id).filter(saga::epoch.eq(hold.epoch)))
        .set((
            saga::state.eq(state.name()),
            saga::attempts.eq(attempts),
            saga::last_error.eq(Some(error)),
            saga::lease_until.eq(Time(lease_until)),
        ))
        .execute(conn))?;
    Ok(())
}

/// Takes every lease of this kind away, of those that wait too if `all`.
pub(super) fn orphan<S: Saga>(tx: &mut Tx<'_>, now: Timestamp, all: bool) -> Result<(), StoreError> {
    let states: &[&str] =
        if all { &[State::Running.name(), State::Waiting.name()] } else { &[State::Running.name()] };
    on!(tx, |conn| diesel::update(
        saga::table.filter(saga::name.eq(S::NAME)).filter(saga::state.eq_any(states))
    )
    .set(saga::lease_until.eq(Time(now)))
    .execute(conn))?;
    Ok(())
}

/// For operators: in the order of their ids, after a place in it.
pub(super) fn rows<S: Saga>(
    db: &mut Db<'_>,
    state: Option<State>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    Ok(on!(db, |conn| {
        let of_kind = saga::table.filter(saga::name.eq(S::NAME)).select(Row::as_select());
        let mut query = of_kind.order(saga::id).limit(limit).into_boxed();
        if let Some(state) = state {
            query = query.filter(saga::state.eq(state.name()));
        }
        if let Some(after) = after {
            query = query.filter(saga::id.gt(after));
        }
        query.load(conn)
    })?)
}

/// One saga.
pub(super) fn row<S: Saga>(db: &mut Db<'_>, id: Key) -> Result<Option<Row>, StoreError> {
    Ok(on!(db, |conn| saga::table
        .find(id)
        .filter(saga::name.eq(S::NAME))
        .select(Row::as_select())
        .first(conn)
        .optional())?)
}

/// One saga, locked, under a new epoch: whoever was at work on it is not any more.
pub(super) fn seize<S: Saga>(tx: &mut Tx<'_>, id: Key) -> Result<Option<Row>, StoreError> {
    let row: Option<Row> = on_locked!(
        tx,
        saga::table.find(id).filter(saga::name.eq(S::NAME)).select(Row::as_select()),
        |row, conn| row.first(conn).optional()
    )?;
    let Some(mut row) = row else { return Ok(None) };
    row.epoch = row.epoch.saturating_add(1);
    on!(tx, |conn| diesel::update(saga::table.find(id)).set(saga::epoch.eq(row.epoch)).execute(conn))?;
    Ok(Some(row))
}

/// Makes a saga anybody's.
pub(super) fn set_free(tx: &mut Tx<'_>, id: Key, now: Timestamp) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(saga::table.find(id))
        .set((saga::state.eq(State::Running.name()), saga::lease_until.eq(Time(now)), saga::attempts.eq(0)))
        .execute(conn))?;
    Ok(())
}

/// Kinds of sagas that are stored.
pub(super) fn names(db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| saga::table.select(saga::name).distinct().load(conn))?)
}
