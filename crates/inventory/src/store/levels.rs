use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Moment, StoreError, Time, corrupt, one_of};
use platform::{on, on_locked, with_rows};

use super::items::{self, ItemRow};
use crate::levels::Levels;
use crate::schema::{stock_items, stock_levels};
use crate::shelf::{Level, Shelf};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_levels)]
pub(crate) struct LevelRow {
    pub sku_key: String,
    pub location: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub version: i64,
    pub updated_at: Time,
}

impl LevelRow {
    pub(crate) fn level(&self) -> Level {
        Level { on_hand: self.on_hand, reserved: self.reserved }
    }
}

/// How much a level's reserved figure moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReservedDelta {
    pub sku_key: String,
    pub location: String,
    pub delta: i64,
    pub at: Time,
}

pub(crate) fn list(db: &mut Db<'_>, sku_key: &str) -> Result<Vec<LevelRow>, StoreError> {
    Ok(on!(db, |conn| stock_levels::table
        .filter(stock_levels::sku_key.eq(sku_key))
        .order(stock_levels::location)
        .select(LevelRow::as_select())
        .load(conn))?)
}

/// Locks these SKUs: of each its item, and then its levels. One that has no level is absent.
///
/// A location that is added while PostgreSQL waits for the item is not among the levels that it had found before; the
/// item, of which it gives the newest version, tells that one is missing. Asked again, it finds them all.
pub(crate) fn lock(db: &mut Db<'_>, sku_keys: &[String]) -> Result<Levels, StoreError> {
    let levels = lock_found(db, sku_keys)?;
    if levels.is_complete() { Ok(levels) } else { lock_found(db, sku_keys) }
}

fn lock_found(db: &mut Db<'_>, sku_keys: &[String]) -> Result<Levels, StoreError> {
    let rows: Vec<(ItemRow, LevelRow)> = on_locked!(
        db,
        stock_items::table
            .inner_join(stock_levels::table)
            .filter(one_of(stock_levels::sku_key, sku_keys))
            .order((stock_levels::sku_key, stock_levels::location))
            .select(<(ItemRow, LevelRow)>::as_select()),
        |levels, conn| levels.load(conn)
    )?;
    let mut levels = Levels::default();
    for (item, row) in rows {
        let level = row.level();
        levels.insert(item.try_into()?, row.location, level);
    }
    Ok(levels)
}

/// Locks one SKU, and makes it known first, with a level at each of these locations, as far as it is not.
pub(crate) fn open(
    db: &mut Db<'_>,
    sku: &Sku,
    locations: &[&str],
    now: Timestamp,
) -> Result<Shelf, StoreError> {
    items::open(db, sku, now)?;
    for location in locations {
        let empty = LevelRow {
            sku_key: sku.key(),
            location: (*location).to_owned(),
            on_hand: 0,
            reserved: 0,
            version: 0,
            updated_at: now.into(),
        };
        let made = on!(db, |conn| diesel::insert_into(stock_levels::table)
            .values(&empty)
            .on_conflict_do_nothing()
            .execute(conn))?;
        if made == 1 {
            items::count_location(db, sku)?;
        }
    }
    let shelf = lock(db, &[sku.key()])?.into_shelves().pop();
    shelf.ok_or_else(|| corrupt("stock_levels", "sku_key", sku, "the item has no level"))
}

/// Adds to what is on hand at a location.
///
/// # Errors
/// [`StoreError::Contended`] when less than is reserved would be left: nobody may have changed a locked level.
pub(crate) fn move_on_hand(
    db: &mut Db<'_>,
    sku: &Sku,
    location: &str,
    delta: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let moved = on!(db, |conn| diesel::update(stock_levels::table.find((sku.key(), location)))
        .filter((stock_levels::on_hand + delta).ge(stock_levels::reserved))
        .set((
            stock_levels::on_hand.eq(stock_levels::on_hand + delta),
            stock_levels::version.eq(stock_levels::version + 1),
            stock_levels::updated_at.eq(Time(now)),
        ))
        .execute(conn))?;
    all_moved(moved, 1)
}

/// Moves the reserved figures; each level is named once at most.
///
/// # Errors
/// [`StoreError::Contended`] when a level would leave its bounds: nobody may have changed a locked one.
pub(crate) fn move_reserved(db: &mut Db<'_>, deltas: &[ReservedDelta]) -> Result<(), StoreError> {
    let moved = with_rows!(
        db,
        deltas,
        { sku_key: Text, location: Text, delta: BigInt, at: Moment },
        "UPDATE stock_levels SET reserved = reserved + given.delta, version = version + 1, updated_at = given.at \
         FROM given WHERE stock_levels.sku_key = given.sku_key AND stock_levels.location = given.location \
         AND reserved + given.delta BETWEEN 0 AND on_hand"
    )?;
    all_moved(moved, deltas.len())
}

/// What was reserved leaves: moves the reserved figures, and what is on hand by as much; each level is named once at most.
///
/// # Errors
/// [`StoreError::Contended`] when more would leave than is reserved: nobody may have changed a locked level.
pub(crate) fn move_out(db: &mut Db<'_>, deltas: &[ReservedDelta]) -> Result<(), StoreError> {
    let moved = with_rows!(
        db,
        deltas,
        { sku_key: Text, location: Text, delta: BigInt, at: Moment },
        "UPDATE stock_levels SET on_hand = on_hand + given.delta, reserved = reserved + given.delta, \
         version = version + 1, updated_at = given.at \
         FROM given WHERE stock_levels.sku_key = given.sku_key AND stock_levels.location = given.location \
         AND reserved + given.delta >= 0"
    )?;
    all_moved(moved, deltas.len())
}

fn all_moved(moved: usize, locked: usize) -> Result<(), StoreError> {
    if moved == locked {
        Ok(())
    } else {
        Err(StoreError::Contended("a stock level changed under its lock".to_owned()))
    }
}
