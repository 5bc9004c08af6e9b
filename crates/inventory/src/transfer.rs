//! Stock that goes from one location to another.

use inventory_api::{InventoryEvent, Stock, TransferId};
use kernel::Sku;
use platform::Change;
use platform::store::Tx;

use crate::error::Error;
use crate::settle::settle;
use crate::shelf::Level;
use crate::show::{at, view};
use crate::store;
use crate::store::ledger::NewLedgerRow;

/// Wanted: to move stock between two locations, which differ.
#[derive(Clone, Debug)]
pub(crate) struct TransferStock {
    pub sku: Sku,
    pub from: String,
    pub to: String,
    /// At least 1.
    pub quantity: i64,
    pub reason: String,
}

/// One end of a transfer, and what it leaves there.
struct End<'a> {
    kind: &'static str,
    location: &'a str,
    delta: i64,
    after: Level,
}

/// What is reserved at `from` stays; what there is in all stays the same. Nobody waits for what
/// goes: while somebody waits for a SKU, none of it is available.
pub(crate) fn transfer(tx: &mut Tx<'_>, change: &Change, request: &TransferStock) -> Result<Stock, Error> {
    let TransferStock { sku, from, to, quantity, reason } = request;
    let id: TransferId = change.ids.next(change.now);
    let mut shelf = store::levels::open(tx, sku, &[from, to], change.now)?;
    let mut end = |kind, location, delta| {
        shelf.move_on_hand(location, delta).map(|after| End { kind, location, delta, after })
    };
    let (out, into) =
        (end("transfer_out", from, quantity.saturating_neg())?, end("transfer_in", to, *quantity)?);
    for End { location, delta, .. } in [&out, &into] {
        store::levels::move_on_hand(tx, sku, location, *delta, change.now)?;
    }
    store::ledger::append(tx, &[&out, &into].map(|end| movement(end, id, request, change)))?;
    shelf.tell(InventoryEvent::Transferred {
        sku: shelf.item.sku.clone(),
        transfer_id: id,
        quantity: *quantity,
        reason: reason.clone(),
        from: at(from, out.after),
        to: at(to, into.after),
    });
    settle(tx, change, std::slice::from_mut(&mut shelf))?;
    Ok(view(tx, &shelf.item)?)
}

fn movement(end: &End<'_>, id: TransferId, request: &TransferStock, change: &Change) -> NewLedgerRow {
    NewLedgerRow {
        sku_key: request.sku.key(),
        location: end.location.to_owned(),
        kind: end.kind,
        on_hand_delta: end.delta,
        reserved_delta: 0,
        on_hand_after: end.after.on_hand,
        reason: Some(request.reason.clone()),
        cause: Some(id.to_string()),
        at: change.now.into(),
    }
}
