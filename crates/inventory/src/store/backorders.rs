use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use inventory_api::LineQuantity;
use kernel::Sku;
use platform::store::{Db, Key, StoreError, Uid, corrupt, one_of};
use platform::{insert_all, on};

use crate::schema::backorders;

#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = backorders)]
pub(crate) struct NewBackorderRow {
    pub order_id: Key,
    pub sku_key: String,
    pub sku: String,
    pub quantity: i64,
}

impl NewBackorderRow {
    pub(crate) fn of(order_id: Key, line: &LineQuantity) -> NewBackorderRow {
        let LineQuantity { sku, quantity } = line;
        NewBackorderRow { order_id, sku_key: sku.key(), sku: sku.as_str().to_owned(), quantity: *quantity }
    }
}

/// What a live hold waits for.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = backorders)]
pub(crate) struct BackorderRow {
    /// An older one is lower.
    pub seq: i64,
    pub order_id: Key,
    pub sku_key: String,
    pub sku: String,
    pub quantity: i64,
}

impl BackorderRow {
    pub(crate) fn sku(&self) -> Result<Sku, StoreError> {
        Sku::parse(&self.sku).map_err(|error| corrupt("backorders", "sku", self.seq, error))
    }
}

/// The items are locked: of one SKU, who comes later gets a higher `seq`.
pub(crate) fn insert(db: &mut Db<'_>, rows: &[NewBackorderRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, backorders, rows, { order_id: Uid, sku_key: Text, sku: Text, quantity: BigInt })?)
}

/// What these orders wait for.
pub(crate) fn find(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<BackorderRow>, StoreError> {
    Ok(on!(db, |conn| backorders::table
        .filter(one_of(backorders::order_id, orders))
        .order((backorders::order_id, backorders::sku_key))
        .select(BackorderRow::as_select())
        .load(conn))?)
}

/// Who has waited for a SKU the longest.
pub(crate) fn oldest(db: &mut Db<'_>, sku: &Sku, limit: i64) -> Result<Vec<BackorderRow>, StoreError> {
    Ok(on!(db, |conn| backorders::table
        .filter(backorders::sku_key.eq(sku.key()))
        .order(backorders::seq)
        .limit(limit)
        .select(BackorderRow::as_select())
        .load(conn))?)
}

/// These orders wait no more.
pub(crate) fn remove(db: &mut Db<'_>, orders: &[Key]) -> Result<(), StoreError> {
    on!(db, |conn| diesel::delete(backorders::table.filter(one_of(backorders::order_id, orders)))
        .execute(conn))?;
    Ok(())
}

/// Nobody waits for the SKU any more up to this one.
pub(crate) fn remove_until(db: &mut Db<'_>, sku: &Sku, last: i64) -> Result<(), StoreError> {
    let served = backorders::table.filter(backorders::sku_key.eq(sku.key())).filter(backorders::seq.le(last));
    on!(db, |conn| diesel::delete(served).execute(conn))?;
    Ok(())
}

/// Somebody waits for this much only.
pub(crate) fn shrink(db: &mut Db<'_>, seq: i64, quantity: i64) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(backorders::table.find(seq))
        .set(backorders::quantity.eq(quantity))
        .execute(conn))?;
    Ok(())
}
