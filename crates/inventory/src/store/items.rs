use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};
use kernel::{Sku, Timestamp};
use platform::store::{Db, Moment, Prepared, StoreError, Time, corrupt};
use platform::{on, on_locked};

use crate::schema::stock_items;
use crate::shelf::Item;

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_items)]
pub(crate) struct ItemRow {
    pub sku_key: String,
    pub sku: String,
    pub version: i64,
    pub updated_at: Time,
}

impl TryFrom<ItemRow> for Item {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> Result<Item, StoreError> {
        let sku = Sku::parse(&row.sku);
        Ok(Item {
            sku: sku.map_err(|error| corrupt("stock_items", "sku", &row.sku_key, error))?,
            version: row.version,
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
    let fresh =
        ItemRow { sku_key: sku.key(), sku: sku.as_str().to_owned(), version: 0, updated_at: now.into() };
    on!(db, |conn| diesel::insert_into(stock_items::table)
        .values(&fresh)
        .on_conflict_do_nothing()
        .execute(conn))?;
    let item = stock_items::table.find(sku.key()).select(stock_items::version);
    on_locked!(db, item, |item, conn| item.first::<i64>(conn))?;
    Ok(())
}

const SAVE: &str = "\
    UPDATE stock_items i SET version = d.version, updated_at = d.updated_at \
    FROM unnest(";
const SAVE_EACH: &str = ") AS d (sku_key, version, updated_at) WHERE i.sku_key = d.sku_key";

/// Writes what locked items have become.
pub(crate) fn save(db: &mut Db<'_>, items: &[&Item]) -> Result<(), StoreError> {
    match db {
        _ if items.is_empty() => {}
        Db::Postgres(conn) => {
            let keys: Vec<String> = items.iter().map(|item| item.sku.key()).collect();
            let binds = (
                keys.into_sql::<Array<Text>>(),
                items.iter().map(|item| item.version).collect::<Vec<_>>().into_sql::<Array<BigInt>>(),
                items
                    .iter()
                    .map(|item| Time(item.updated_at))
                    .collect::<Vec<_>>()
                    .into_sql::<Array<Moment>>(),
            );
            enum Save {}
            Prepared::<Save, _>::new(SAVE, binds, SAVE_EACH).execute(*conn)?;
        }
        Db::Sqlite(conn) => {
            for item in items {
                diesel::update(stock_items::table.find(item.sku.key()))
                    .set((
                        stock_items::version.eq(item.version),
                        stock_items::updated_at.eq(Time(item.updated_at)),
                    ))
                    .execute(*conn)?;
            }
        }
    }
    Ok(())
}
