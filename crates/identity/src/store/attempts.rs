use std::time::Duration;

use diesel::prelude::*;
use kernel::Timestamp;
use platform::store::{Db, StoreError, Time, Tx};
use platform::{on, on_locked};

use crate::error::Error;
use crate::schema::attempts;
use crate::throttle::{self, Limit, Limits};

/// Deleted in one transaction at most.
const BATCH: i64 = 1_000;

/// Counts an attempt, before it is made: however many come at once, no more pass than may. Where one limit is reached, nothing
/// is counted, and [`Error::TooManyAttempts`] says for how long.
pub(crate) fn begin(tx: &mut Tx<'_>, limits: &Limits, now: Timestamp) -> Result<(), Error> {
    // In the order in which they are locked; an error takes the whole transaction back.
    limits.all().iter().try_for_each(|limit| begin_one(tx, limit, now))
}

/// The same, against one limit.
pub(crate) fn begin_one(tx: &mut Tx<'_>, limit: &Limit, now: Timestamp) -> Result<(), Error> {
    let (count, last_at) = lock(tx, limit, now)?;
    let count = throttle::attempt(count, last_at, limit.most, now).map_err(too_many)?;
    on!(tx, |conn| diesel::update(attempts::table.find(limit.subject.to_vec()))
        .set((attempts::count.eq(count), attempts::last_at.eq(Time(now))))
        .execute(conn))
    .map_err(StoreError::from)?;
    Ok(())
}

/// The row of a subject, made if there is none.
fn lock(tx: &mut Tx<'_>, limit: &Limit, now: Timestamp) -> Result<(i64, Timestamp), StoreError> {
    let subject = limit.subject.to_vec();
    let new = (attempts::subject.eq(&subject), attempts::count.eq(0_i64), attempts::last_at.eq(Time(now)));
    on!(tx, |conn| diesel::insert_into(attempts::table).values(new).on_conflict_do_nothing().execute(conn))?;
    let row: (i64, Time) = on_locked!(
        tx,
        attempts::table.find(&subject).select((attempts::count, attempts::last_at)),
        |query, conn| query.first(conn)
    )?;
    Ok((row.0, row.1.0))
}

fn too_many(wait: Duration) -> Error {
    Error::TooManyAttempts(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
}

/// The attempt went well: the account's count begins anew, the address has one less against it.
pub(crate) fn forgive(tx: &mut Tx<'_>, limits: &Limits) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::delete(attempts::table.find(limits.account.subject.to_vec())).execute(conn))?;
    if let Some(address) = limits.address {
        on!(tx, |conn| diesel::update(
            attempts::table.find(address.subject.to_vec()).filter(attempts::count.gt(0_i64))
        )
        .set(attempts::count.eq(attempts::count - 1_i64))
        .execute(conn))?;
    }
    Ok(())
}

/// Forgets a batch of those that count for nothing any more, and says how many.
pub(crate) fn purge(tx: &mut Tx<'_>, before: Timestamp) -> Result<usize, StoreError> {
    let old: Vec<Vec<u8>> = of_before(tx, before)?;
    for subject in &old {
        on!(tx, |conn| diesel::delete(
            attempts::table.find(subject).filter(attempts::last_at.lt(Time(before)))
        )
        .execute(conn))?;
    }
    Ok(old.len())
}

fn of_before(db: &mut Db<'_>, before: Timestamp) -> Result<Vec<Vec<u8>>, StoreError> {
    Ok(on!(db, |conn| attempts::table
        .filter(attempts::last_at.lt(Time(before)))
        .order(attempts::last_at)
        .limit(BATCH)
        .select(attempts::subject)
        .load(conn))?)
}
