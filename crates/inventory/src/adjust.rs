//! Stock that comes and goes by hand: receipts, losses, counts.

use inventory_api::{AdjustStock, InventoryError, InventoryEvent, Stock};
use kernel::Sku;
use platform::Change;
use platform::store::{Db, StoreError, Tx};

use crate::error::Error;
use crate::levels::total;
use crate::store;
use crate::store::items::ItemRow;
use crate::store::ledger::NewLedgerRow;
use crate::store::levels::LevelRow;

pub(crate) fn adjust(tx: &mut Tx<'_>, change: &Change, request: &AdjustStock) -> Result<Stock, Error> {
    let now = change.now;
    let mut item = store::items::lock(tx, &request.sku, now)?;
    let before = store::levels::find(tx, &item.sku_key, &request.location)?;
    let on_hand = before.as_ref().map_or(0, |level| level.on_hand);
    on_hand.checked_add(request.delta).ok_or(InventoryError::OutOfRange)?;
    let Some(level) = store::levels::add_on_hand(tx, &item.sku_key, &request.location, request.delta, now)?
    else {
        let available = before.map_or(0, |level| level.level().available());
        return Err(InventoryError::StockReserved { sku: item.sku()?, available }.into());
    };
    item.version = item.version.saturating_add(1);
    item.updated_at = now.into();
    store::items::save(tx, &item)?;
    store::ledger::append(tx, &[movement(&level, request, change)])?;
    let event = InventoryEvent::Adjusted {
        sku: item.sku()?,
        location: level.location,
        delta: request.delta,
        reason: request.reason.clone(),
        on_hand: level.on_hand,
        reserved: level.reserved,
    };
    change.append(tx, &item.sku_key, item.version, &event)?;
    Ok(view(tx, &item)?)
}

fn movement(level: &LevelRow, request: &AdjustStock, change: &Change) -> NewLedgerRow {
    NewLedgerRow {
        sku_key: level.sku_key.clone(),
        location: level.location.clone(),
        kind: "adjusted",
        on_hand_delta: request.delta,
        reserved_delta: 0,
        on_hand_after: level.on_hand,
        reason: Some(request.reason.clone()),
        cause: Some(change.cx.principal.to_string()),
        at: change.now.into(),
    }
}

pub(crate) fn find(db: &mut Db<'_>, sku: &Sku) -> Result<Stock, Error> {
    let item = store::items::find(db, sku)?.ok_or_else(|| InventoryError::UnknownSku(sku.clone()))?;
    Ok(view(db, &item)?)
}

/// The version counts every change at every location, so it grows with each.
fn view(db: &mut Db<'_>, item: &ItemRow) -> Result<Stock, StoreError> {
    let levels = store::levels::list(db, &item.sku_key)?;
    let version = levels.iter().map(|level| level.version).fold(0, i64::saturating_add);
    let updated_at = levels.iter().map(|level| level.updated_at).max().unwrap_or(item.updated_at);
    let levels = levels.into_iter().map(|row| (row.location.clone(), row.level())).collect();
    Ok(total(item.sku()?, version, updated_at.0, levels))
}
