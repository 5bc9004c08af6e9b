use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use kernel::Sku;
use platform::store::{Db, Key, StoreError, Uid, corrupt, one_of};
use platform::{insert_all, on};

use crate::schema::shipped_lines;

/// What a shipment took from a hold at one location.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = shipped_lines)]
pub(crate) struct ShippedRow {
    pub order_id: Key,
    pub shipment_id: Key,
    pub sku_key: String,
    pub location: String,
    pub sku: String,
    pub quantity: i64,
}

impl ShippedRow {
    pub(crate) fn sku(&self) -> Result<Sku, StoreError> {
        Sku::parse(&self.sku).map_err(|error| corrupt("shipped_lines", "sku", self.shipment_id.0, error))
    }
}

pub(crate) fn insert(db: &mut Db<'_>, rows: &[ShippedRow]) -> Result<(), StoreError> {
    Ok(insert_all!(db, shipped_lines, rows, {
        order_id: Uid, shipment_id: Uid, sku_key: Text, location: Text, sku: Text, quantity: BigInt
    })?)
}

/// What has left of these orders.
pub(crate) fn find(db: &mut Db<'_>, orders: &[Key]) -> Result<Vec<ShippedRow>, StoreError> {
    Ok(on!(db, |conn| shipped_lines::table
        .filter(one_of(shipped_lines::order_id, orders))
        .select(ShippedRow::as_select())
        .load(conn))?)
}
