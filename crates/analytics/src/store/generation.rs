//! Which set of rows is read, and which one is in the making.

use diesel::prelude::*;
use platform::store::{Db, Key, StoreError, Tx, one_of};
use platform::{on, on_locked};

use crate::schema::{
    customer_groups, generation, product_versions, sale_lines, sale_refunds, sales, sheets, skus, sums,
};

/// A set of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(pub i64);

/// The one that is read.
pub(crate) fn serving(db: &mut Db<'_>) -> Result<Generation, StoreError> {
    Ok(Generation(on!(db, |conn| generation::table.select(generation::serving).first(conn))?))
}

/// The one that is read, locked: those who change it take turns, and it is not exchanged meanwhile.
pub(crate) fn lock_serving(tx: &mut Tx<'_>) -> Result<Generation, StoreError> {
    let serving: i64 =
        on_locked!(tx, generation::table.select(generation::serving), |one, conn| one.first(conn))?;
    Ok(Generation(serving))
}

/// Begins another one. Whoever was making one has to stop.
pub(crate) fn begin(tx: &mut Tx<'_>) -> Result<Generation, StoreError> {
    lock_serving(tx)?;
    let next: i64 = on!(tx, |conn| diesel::update(generation::table)
        .set((
            generation::last.eq(generation::last + 1),
            generation::building.eq((generation::last + 1).nullable()),
        ))
        .returning(generation::last)
        .get_result(conn))?;
    Ok(Generation(next))
}

/// Whether it is still the one in the making.
pub(crate) fn is_building(db: &mut Db<'_>, of: Generation) -> Result<bool, StoreError> {
    let building: Option<i64> = on!(db, |conn| generation::table.select(generation::building).first(conn))?;
    Ok(building == Some(of.0))
}

/// From now on it is read, if it is the one in the making; the caller holds the lock.
pub(crate) fn serve(tx: &mut Tx<'_>, of: Generation) -> Result<bool, StoreError> {
    let made = generation::table.filter(generation::building.eq(Some(of.0)));
    let changed = on!(tx, |conn| diesel::update(made)
        .set((generation::serving.eq(of.0), generation::building.eq(None::<i64>)))
        .execute(conn))?;
    Ok(changed == 1)
}

/// Generations that are neither read nor in the making. Most of them are gone for long.
pub(crate) fn past(db: &mut Db<'_>) -> Result<Vec<Generation>, StoreError> {
    let (serving, building, last): (i64, Option<i64>, i64) = on!(db, |conn| generation::table
        .select((generation::serving, generation::building, generation::last))
        .first(conn))?;
    let past = (1..=last).filter(|one| *one != serving && Some(*one) != building);
    Ok(past.map(Generation).collect())
}

/// Rows of each table that one transaction deletes, and some more where keys have several.
const SWEPT: i64 = 5_000;

/// Sheets that one transaction deletes: one by SKU may have thousands of rows.
const SWEPT_SHEETS: i64 = 20;

/// Deletes rows of a past generation; says whether there may be more.
pub(crate) fn sweep(tx: &mut Tx<'_>, of: Generation) -> Result<bool, StoreError> {
    macro_rules! sweep {
        ($($table:ident by $key:ident: $Key:ty;)+) => {{
            let mut more = false;
            $({
                let rows = || $table::table.filter($table::generation.eq(of.0));
                let bound: Option<$Key> = on!(tx, |conn| rows()
                    .order($table::$key)
                    .select($table::$key)
                    .offset(SWEPT)
                    .first(conn)
                    .optional())?;
                more |= bound.is_some();
                match bound {
                    Some(bound) => {
                        on!(tx, |conn| diesel::delete(rows().filter($table::$key.le(&bound))).execute(conn))
                    }
                    None => on!(tx, |conn| diesel::delete(rows()).execute(conn)),
                }?;
            })+
            more
        }};
    }
    let sheets = sweep_sheets(tx, of)?;
    Ok(sheets
        | sweep! {
            sales by order_id: Key;
            sale_lines by order_id: Key;
            sale_refunds by order_id: Key;
            skus by sku: String;
            product_versions by product_id: Key;
            customer_groups by customer_id: Key;
        })
}

fn sweep_sheets(tx: &mut Tx<'_>, of: Generation) -> Result<bool, StoreError> {
    let swept: Vec<i64> = on!(tx, |conn| sheets::table
        .filter(sheets::generation.eq(of.0))
        .select(sheets::id)
        .limit(SWEPT_SHEETS)
        .load(conn))?;
    on!(tx, |conn| diesel::delete(sums::table.filter(one_of(sums::sheet, &swept))).execute(conn))?;
    on!(tx, |conn| diesel::delete(sheets::table.filter(one_of(sheets::id, &swept))).execute(conn))?;
    Ok(!swept.is_empty())
}
