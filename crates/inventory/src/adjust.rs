//! Stock that comes and goes by hand: receipts, losses, counts.

use inventory_api::{AdjustStock, InventoryEvent, Stock};
use platform::Change;
use platform::store::Tx;

use crate::allocate::allocate;
use crate::error::Error;
use crate::settle::settle;
use crate::shelf::Level;
use crate::show::view;
use crate::store;
use crate::store::ledger::NewLedgerRow;

pub(crate) fn adjust(tx: &mut Tx<'_>, change: &Change, request: &AdjustStock) -> Result<Stock, Error> {
    let AdjustStock { sku, delta, reason, location } = request;
    let mut shelf = store::levels::open(tx, sku, &[location], change.now)?;
    let moved = shelf.move_on_hand(location, *delta)?;
    store::levels::move_on_hand(tx, sku, location, *delta, change.now)?;
    store::ledger::append(tx, &[movement(moved, request, change)])?;
    allocate(tx, &mut shelf, change.now)?;
    let level = shelf.level(location);
    shelf.tell(InventoryEvent::Adjusted {
        sku: shelf.item.sku.clone(),
        location: location.clone(),
        delta: *delta,
        reason: reason.clone(),
        on_hand: level.on_hand,
        reserved: level.reserved,
    });
    settle(tx, change, std::slice::from_mut(&mut shelf))?;
    Ok(view(tx, &shelf.item)?)
}

fn movement(level: Level, request: &AdjustStock, change: &Change) -> NewLedgerRow {
    NewLedgerRow {
        sku_key: request.sku.key(),
        location: request.location.clone(),
        kind: "adjusted",
        on_hand_delta: request.delta,
        reserved_delta: 0,
        on_hand_after: level.on_hand,
        reason: Some(request.reason.clone()),
        cause: Some(change.cx.principal.to_string()),
        at: change.now.into(),
    }
}
