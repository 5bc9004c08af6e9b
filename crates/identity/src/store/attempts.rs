use std::time::Duration;

use diesel::prelude::*;
use kernel::Timestamp;
use platform::on;
use platform::store::{Db, StoreError, Time, Tx};

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
    let mut times = lock(tx, limit, now)?;
    throttle::attempt(&mut times, limit.most, now).map_err(too_many)?;
    Ok(save(tx, limit, &times, now)?)
}

/// When it was tried of late. The row is made if there is none, and is the transaction's from now on.
fn lock(tx: &mut Tx<'_>, limit: &Limit, now: Timestamp) -> Result<Vec<Timestamp>, StoreError> {
    let subject = limit.subject.to_vec();
    let none = Vec::<u8>::new();
    let new = (attempts::subject.eq(&subject), attempts::times.eq(&none), attempts::last_at.eq(Time(now)));
    // Setting it to what it is locks it, whoever deletes rows meanwhile.
    let times: Vec<u8> = on!(tx, |conn| diesel::insert_into(attempts::table)
        .values(new)
        .on_conflict(attempts::subject)
        .do_update()
        .set(attempts::subject.eq(&subject))
        .returning(attempts::times)
        .get_result(conn))?;
    Ok(read(&times))
}

fn save(tx: &mut Tx<'_>, limit: &Limit, times: &[Timestamp], now: Timestamp) -> Result<(), StoreError> {
    let kept: Vec<u8> = times.iter().flat_map(|at| at.micros().to_be_bytes()).collect();
    on!(tx, |conn| diesel::update(attempts::table.find(limit.subject.to_vec()))
        .set((attempts::times.eq(&kept), attempts::last_at.eq(Time(now))))
        .execute(conn))?;
    Ok(())
}

/// Microseconds, eight bytes each.
fn read(times: &[u8]) -> Vec<Timestamp> {
    times
        .chunks_exact(8)
        .filter_map(|at| Some(Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?))))
        .collect()
}

fn too_many(wait: Duration) -> Error {
    Error::TooManyAttempts(u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1))
}

/// The attempt went well: nothing counts against the account any more, and one less against the address.
pub(crate) fn forgive(tx: &mut Tx<'_>, limits: &Limits, now: Timestamp) -> Result<(), StoreError> {
    // In the order in which attempts lock them.
    for limit in limits.all() {
        let subject = limit.subject.to_vec();
        if limit == limits.account {
            on!(tx, |conn| diesel::delete(attempts::table.find(subject)).execute(conn))?;
        } else {
            let mut times = lock(tx, &limit, now)?;
            times.pop();
            save(tx, &limit, &times, now)?;
        }
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
