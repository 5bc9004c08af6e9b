//! Stock as it is shown.

use inventory_api::{InventoryError, LocationStock, Stock};
use kernel::{Sku, Timestamp};
use platform::store::{Db, StoreError};

use crate::error::Error;
use crate::shelf::{Item, Level};
use crate::store;

pub(crate) fn find(db: &mut Db<'_>, sku: &Sku) -> Result<Stock, Error> {
    let item = store::items::find(db, sku)?.ok_or_else(|| InventoryError::UnknownSku(sku.clone()))?;
    Ok(view(db, &item)?)
}

/// The version counts every change at every location and of the item, so it grows with each.
pub(crate) fn view(db: &mut Db<'_>, item: &Item) -> Result<Stock, StoreError> {
    let levels = store::levels::list(db, &item.sku.key())?;
    let sum =
        |figure: fn(Level) -> i64| levels.iter().map(|row| figure(row.level())).fold(0, i64::saturating_add);
    Ok(Stock {
        sku: item.sku.clone(),
        on_hand: sum(|level| level.on_hand),
        reserved: sum(|level| level.reserved),
        available: sum(Level::available),
        backordered: item.backordered,
        backorder_limit: item.settings.backorder_limit,
        low_stock_threshold: item.settings.low_stock_threshold,
        version: levels.iter().map(|row| row.version).fold(item.revision, i64::saturating_add),
        updated_at: levels.iter().map(|row| row.updated_at.0).fold(item.updated_at, Timestamp::max),
        locations: levels.iter().map(|row| at(&row.location, row.level())).collect(),
    })
}

pub(crate) fn at(location: &str, level: Level) -> LocationStock {
    LocationStock {
        location: location.to_owned(),
        on_hand: level.on_hand,
        reserved: level.reserved,
        available: level.available(),
    }
}
