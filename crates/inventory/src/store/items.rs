use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Moment, StoreError, Time, corrupt};
use platform::{on, on_locked, with_rows};

use crate::schema::stock_items;
use crate::shelf::{Item, Settings};

#[derive(Clone, Debug, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stock_items, primary_key(sku_key), treat_none_as_null = true)]
pub(crate) struct ItemRow {
    pub sku_key: String,
    pub sku: String,
    pub version: i64,
    pub updated_at: Time,
    pub low_stock_threshold: Option<i64>,
    pub revision: i64,
    pub backorder_limit: i64,
    pub backordered: i64,
    pub locations: i64,
}

impl From<&Item> for ItemRow {
    fn from(item: &Item) -> ItemRow {
        ItemRow {
            sku_key: item.sku.key(),
            sku: item.sku.as_str().to_owned(),
            version: item.version,
            updated_at: item.updated_at.into(),
            low_stock_threshold: item.settings.low_stock_threshold,
            revision: item.revision,
            backorder_limit: item.settings.backorder_limit,
            backordered: item.backordered,
            locations: item.locations,
        }
    }
}

impl TryFrom<ItemRow> for Item {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Item, StoreError> {
        let sku = Sku::parse(&row.sku);
        Ok(Item {
            sku: sku.map_err(|error| corrupt("stock_items", "sku", &row.sku_key, error))?,
            version: row.version,
            revision: row.revision,
            settings: Settings {
                backorder_limit: row.backorder_limit,
                low_stock_threshold: row.low_stock_threshold,
            },
            backordered: row.backordered,
            locations: row.locations,
            updated_at: row.updated_at.0,
        })
    }
}

pub(crate) fn find(db: &mut Db<'_>, sku: &Sku) -> Result<Option<Item>, StoreError> {
    let row: Option<ItemRow> = on!(db, |conn| stock_items::table
        .find(sku.key())
        .select(ItemRow::as_select())
        .first(conn)
        .optional())?;
    row.map(Item::try_from).transpose()
}

/// Locks the item, and makes it first if there is none.
pub(crate) fn open(db: &mut Db<'_>, sku: &Sku, now: Timestamp) -> Result<(), StoreError> {
    let fresh = ItemRow::from(&Item::new(sku.clone(), now));
    on!(db, |conn| diesel::insert_into(stock_items::table)
        .values(&fresh)
        .on_conflict_do_nothing()
        .execute(conn))?;
    let item = stock_items::table.find(sku.key()).select(stock_items::version);
    on_locked!(db, item, |item, conn| item.first::<i64>(conn))?;
    Ok(())
}

/// Says that a locked item has one level more.
pub(crate) fn count_location(db: &mut Db<'_>, sku: &Sku) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(stock_items::table.find(sku.key()))
        .set(stock_items::locations.eq(stock_items::locations + 1))
        .execute(conn))?;
    Ok(())
}

/// Writes what locked items have become.
pub(crate) fn save(db: &mut Db<'_>, items: &[&Item]) -> Result<(), StoreError> {
    let rows: Vec<ItemRow> = items.iter().map(|item| ItemRow::from(*item)).collect();
    with_rows!(
        db,
        &rows,
        {
            sku_key: Text, version: BigInt, updated_at: Moment, low_stock_threshold: Nullable<BigInt>,
            revision: BigInt, backorder_limit: BigInt, backordered: BigInt, locations: BigInt
        },
        "UPDATE stock_items SET version = given.version, updated_at = given.updated_at, \
         low_stock_threshold = given.low_stock_threshold, revision = given.revision, \
         backorder_limit = given.backorder_limit, backordered = given.backordered, locations = given.locations \
         FROM given WHERE stock_items.sku_key = given.sku_key"
    )?;
    Ok(())
}
