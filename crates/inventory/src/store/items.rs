use diesel::prelude::*;
use kernel::{Sku, Timestamp};
use platform::store::{Db, StoreError, Time, corrupt};
use platform::{on, on_locked};

use crate::schema::stock_items;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_items)]
pub(crate) struct ItemRow {
    pub sku_key: String,
    pub sku: String,
    pub version: i64,
    pub updated_at: Time,
}

impl ItemRow {
    pub(crate) fn sku(&self) -> Result<Sku, StoreError> {
        Sku::parse(&self.sku).map_err(|error| corrupt("stock_items", "sku", &self.sku_key, error))
    }
}

pub(crate) fn find(db: &mut Db<'_>, sku: &Sku) -> Result<Option<ItemRow>, StoreError> {
    Ok(on!(db, |conn| stock_items::table
        .find(sku.key())
        .select(ItemRow::as_select())
        .first(conn)
        .optional())?)
}

/// Finds or makes the item, and locks it: adjustments of one SKU take turns.
pub(crate) fn lock(db: &mut Db<'_>, sku: &Sku, now: Timestamp) -> Result<ItemRow, StoreError> {
    let fresh =
        ItemRow { sku_key: sku.key(), sku: sku.as_str().to_owned(), version: 0, updated_at: now.into() };
    on!(db, |conn| diesel::insert_into(stock_items::table)
        .values(&fresh)
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(on_locked!(db, stock_items::table.find(sku.key()).select(ItemRow::as_select()), |item, conn| item
        .first(conn))?)
}

pub(crate) fn save(db: &mut Db<'_>, item: &ItemRow) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(stock_items::table.find(&item.sku_key))
        .set((stock_items::version.eq(item.version), stock_items::updated_at.eq(item.updated_at)))
        .execute(conn))?;
    Ok(())
}
