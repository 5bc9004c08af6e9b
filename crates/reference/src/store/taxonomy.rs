//! The one row that stands for the whole tree: whoever changes the tree, or what the shop began with, locks it first.

use diesel::prelude::*;
use kernel::Timestamp;
use platform::store::{Db, StoreError, Time, Tx};
use platform::{on, on_locked};

use crate::schema::taxonomy;

const ONE: i32 = 1;

/// Waits for others that change the tree. Says whether the shop has got what it begins with.
pub(crate) fn lock(tx: &mut Tx<'_>) -> Result<bool, StoreError> {
    let planted: Option<Time> =
        on_locked!(tx, taxonomy::table.find(ONE).select(taxonomy::planted_at), |query, conn| query
            .first(conn))?;
    Ok(planted.is_some())
}

pub(crate) fn is_planted(db: &mut Db<'_>) -> Result<bool, StoreError> {
    let planted: Option<Time> =
        on!(db, |conn| taxonomy::table.find(ONE).select(taxonomy::planted_at).first(conn))?;
    Ok(planted.is_some())
}

pub(crate) fn mark_planted(tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
    let row = taxonomy::table.find(ONE);
    on!(tx, |conn| diesel::update(row).set(taxonomy::planted_at.eq(Some(Time(now)))).execute(conn))?;
    Ok(())
}
