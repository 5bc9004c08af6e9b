//! What the leading module does with its sagas, in its own transactions.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text};
use kernel::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rows::schema::saga;
use super::rows::{Row, State};
use super::{Hold, Saga};
use crate::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use crate::{insert_all, on, on_locked};

/// A saga to start.
#[derive(Clone, Copy, Debug)]
pub struct New<'a, D> {
    pub id: Key,
    /// Whom it is for: what it is listed by.
    pub party: Option<Key>,
    pub data: &'a D,
}

/// Writes sagas down, each held by whoever starts it ([`Hold::first`]).
///
/// # Errors
/// [`StoreError`].
pub fn start<S: Saga>(
    tx: &mut Tx<'_>,
    new: &[New<'_, S::Data>],
    lease_until: Timestamp,
) -> Result<(), StoreError> {
    let row = |new: &New<'_, S::Data>| {
        Ok(Row {
            id: new.id,
            name: S::NAME.to_owned(),
            party: new.party,
            state: State::Running.name().to_owned(),
            epoch: Hold::first(new.id).epoch,
            lease_until: lease_until.into(),
            woken: false,
            attempts: 0,
            last_error: None,
            data: Json::of(new.data)?,
        })
    };
    let rows: Vec<Row> = new.iter().map(row).collect::<Result<_, StoreError>>()?;
    Ok(insert_all!(tx, saga, &rows, {
        id: Uid, name: Text, party: Nullable<Uid>, state: Text, epoch: BigInt, lease_until: Moment, woken: Bool,
        attempts: Integer, last_error: Nullable<Text>, data: Document
    })?)
}

/// The holds that still count among those on these sagas; the sagas are locked, in the order of their ids.
///
/// # Errors
/// [`StoreError`].
pub fn lock(tx: &mut Tx<'_>, ids: &[Key]) -> Result<Vec<Hold>, StoreError> {
    let held: Vec<(Key, i64)> = on_locked!(
        tx,
        saga::table
            .filter(one_of(saga::id, ids))
            .filter(saga::state.ne(State::Stuck.name()))
            .order(saga::id)
            .select((saga::id, saga::epoch)),
        |held, conn| held.load(conn)
    )?;
    Ok(held.into_iter().map(|(id, epoch)| Hold { id, epoch }).collect())
}

/// Removes sagas whose outcome this transaction writes. They are [locked](lock).
///
/// # Errors
/// [`StoreError`].
pub fn end(tx: &mut Tx<'_>, ids: &[Key]) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(saga::table.filter(one_of(saga::id, ids))).execute(conn))?;
    Ok(())
}

/// Lets a saga wait until it is woken, or until `until`; if it was woken meanwhile, it waits no longer than it takes to be
/// taken up again. Says whether the hold still counted.
///
/// # Errors
/// [`StoreError`].
pub fn wait<D: Serialize>(
    tx: &mut Tx<'_>,
    hold: Hold,
    data: &D,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    if !lock(tx, &[hold.id])?.contains(&hold) {
        return Ok(false);
    }
    let woken: bool = on!(tx, |conn| saga::table.find(hold.id).select(saga::woken).first(conn))?;
    on!(tx, |conn| diesel::update(saga::table.find(hold.id))
        .set((
            saga::state.eq(State::Waiting.name()),
            saga::lease_until.eq(Time(if woken { now } else { until })),
            saga::attempts.eq(0),
            saga::last_error.eq(None::<String>),
            saga::data.eq(Json::of(data)?),
        ))
        .execute(conn))?;
    Ok(true)
}

/// Wakes those of these sagas that wait; one that is being worked on will not wait for what has happened already.
///
/// # Errors
/// [`StoreError`].
pub fn wake(tx: &mut Tx<'_>, ids: &[Key], now: Timestamp) -> Result<(), StoreError> {
    if lock(tx, ids)?.is_empty() {
        return Ok(());
    }
    on!(tx, |conn| diesel::update(saga::table.filter(one_of(saga::id, ids)))
        .set(saga::woken.eq(true))
        .execute(conn))?;
    on!(tx, |conn| diesel::update(
        saga::table.filter(one_of(saga::id, ids)).filter(saga::state.eq(State::Waiting.name()))
    )
    .set(saga::lease_until.eq(Time(now)))
    .execute(conn))?;
    Ok(())
}

/// What these sagas know, those of them that there are.
///
/// # Errors
/// [`StoreError`].
pub fn find<D: DeserializeOwned>(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<D>, StoreError> {
    let rows: Vec<Row> =
        on!(db, |conn| saga::table.filter(one_of(saga::id, ids)).select(Row::as_select()).load(conn))?;
    rows.iter().map(Row::data).collect()
}

/// What the sagas of one kind know, newest first, older than `after`; of one party if given.
///
/// # Errors
/// [`StoreError`].
pub fn list<S: Saga>(
    db: &mut Db<'_>,
    party: Option<Key>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<S::Data>, StoreError> {
    let rows: Vec<Row> = on!(db, |conn| {
        let of_kind = saga::table.filter(saga::name.eq(S::NAME)).select(Row::as_select());
        let mut query = of_kind.order(saga::id.desc()).limit(limit).into_boxed();
        if let Some(party) = party {
            query = query.filter(saga::party.eq(Some(party)));
        }
        if let Some(after) = after {
            query = query.filter(saga::id.lt(after));
        }
        query.load(conn)
    })?;
    rows.iter().map(Row::data).collect()
}
