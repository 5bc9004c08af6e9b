//! What holds there are, and those that last.

use std::collections::BTreeMap;

use inventory_api::{FindHolds, HoldState, HoldView, Holds, LineQuantity};
use order_api::OrderId;
use platform::store::{Db, Key, StoreError, Tx};

use crate::store;
use crate::store::holds::HoldRow;

/// Each once, and in the order in which rows are locked.
pub(crate) fn keys(orders: &[OrderId]) -> Vec<Key> {
    let mut keys: Vec<Key> = orders.iter().copied().map(Key::from).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Makes the holds of placed orders last. One that is confirmed, or was let go by a cancellation, stays so.
pub(crate) fn confirm(tx: &mut Tx<'_>, orders: &[OrderId]) -> Result<(), StoreError> {
    store::holds::turn(tx, &keys(orders), HoldState::Held, HoldState::Confirmed).map(drop)
}

pub(crate) fn find(db: &mut Db<'_>, request: &FindHolds) -> Result<Holds, StoreError> {
    let orders = keys(&request.orders);
    let mut lines: BTreeMap<Key, Vec<LineQuantity>> = BTreeMap::new();
    let mut add_up = |order, line: LineQuantity| {
        let held = lines.entry(order).or_default();
        match held.iter_mut().find(|sum| sum.sku == line.sku) {
            Some(sum) => sum.quantity = sum.quantity.saturating_add(line.quantity),
            None => held.push(line),
        }
    };
    for row in store::holds::find_lines(db, &orders)? {
        add_up(row.order_id, row.line()?);
    }
    for row in store::backorders::find(db, &orders)? {
        add_up(row.order_id, row.line()?);
    }
    let holds = store::holds::find(db, &orders)?;
    let view = |hold: &HoldRow| {
        let lines = lines.remove(&hold.order_id).unwrap_or_default();
        Ok(HoldView { order_id: hold.order_id.id(), state: hold.state()?, lines })
    };
    Ok(Holds { holds: holds.iter().map(view).collect::<Result<_, StoreError>>()? })
}
