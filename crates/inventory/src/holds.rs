//! What holds there are, and those that last.

use std::collections::BTreeMap;

use inventory_api::{FindHolds, HoldLine, HoldState, HoldView, Holds};
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
    let mut lines = Lines::default();
    for row in store::holds::find_lines(db, &orders)? {
        let (sku, quantity) = (row.sku()?, row.quantity);
        lines.add(row.order_id, HoldLine { sku, quantity, backordered: 0, shipped: 0 });
    }
    for row in store::backorders::find(db, &orders)? {
        let (sku, quantity) = (row.sku()?, row.quantity);
        lines.add(row.order_id, HoldLine { sku, quantity, backordered: quantity, shipped: 0 });
    }
    for row in store::shipped::find(db, &orders)? {
        let (sku, quantity) = (row.sku()?, row.quantity);
        lines.add(row.order_id, HoldLine { sku, quantity, backordered: 0, shipped: quantity });
    }
    let holds = store::holds::find(db, &orders)?;
    let view = |hold: &HoldRow| {
        let lines = lines.0.remove(&hold.order_id).unwrap_or_default();
        Ok(HoldView { order_id: hold.order_id.id(), state: hold.state()?, lines })
    };
    Ok(Holds { holds: holds.iter().map(view).collect::<Result<_, StoreError>>()? })
}

/// What holds have of each SKU, over all locations.
#[derive(Default)]
struct Lines(BTreeMap<Key, Vec<HoldLine>>);

impl Lines {
    fn add(&mut self, order: Key, line: HoldLine) {
        let lines = self.0.entry(order).or_default();
        match lines.iter_mut().find(|sum| sum.sku == line.sku) {
            Some(sum) => {
                sum.quantity = sum.quantity.saturating_add(line.quantity);
                sum.backordered = sum.backordered.saturating_add(line.backordered);
                sum.shipped = sum.shipped.saturating_add(line.shipped);
            }
            None => lines.push(line),
        }
    }
}
