//! Goods that leave: what shipments take from the holds of their orders.

use std::collections::{BTreeMap, HashSet};

use kernel::{Sku, Timestamp};
use order_api::{OrderId, Shipment, ShipmentId, ShippedLine};
use platform::events::subscription::Fault;
use platform::store::{Key, StoreError, Tx};

use crate::holds::keys;
use crate::levels::Levels;
use crate::store;
use crate::store::holds::HoldLineRow;
use crate::store::ledger::NewLedgerRow;
use crate::store::levels::ReservedDelta;
use crate::store::shipped::ShippedRow;

/// A shipment of an order, as it was heard of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parcel<'a> {
    pub order: OrderId,
    pub shipment: &'a Shipment,
}

/// Takes what has left from the holds, and from the levels where they had it. A shipment that was heard of before takes
/// nothing. What is available stays the same, so no line is crossed.
///
/// # Errors
/// [`Fault::Refused`] when an order has shipped what it does not hold.
pub(crate) fn ship(tx: &mut Tx<'_>, heard: &[Parcel<'_>], now: Timestamp) -> Result<(), Fault> {
    let orders = keys(&heard.iter().map(|parcel| parcel.order).collect::<Vec<_>>());
    let mut live = Vec::with_capacity(orders.len());
    for hold in store::holds::lock(tx, &orders)? {
        if hold.state()?.is_live() {
            live.push(hold.order_id);
        }
    }
    let gone: HashSet<ShipmentId> =
        store::shipped::find(tx, &orders)?.into_iter().map(|row| row.shipment_id.id()).collect();
    let fresh: Vec<Parcel<'_>> =
        heard.iter().copied().filter(|parcel| !gone.contains(&parcel.shipment.id)).collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let mut levels = store::levels::lock(tx, &sku_keys(&fresh))?;
    let mut taken = Taken::from(store::holds::find_lines(tx, &live)?);
    for parcel in fresh {
        for line in &parcel.shipment.lines {
            taken.take(&mut levels, parcel, line, now)?;
        }
    }
    Ok(taken.save(tx, now)?)
}

fn sku_keys(parcels: &[Parcel<'_>]) -> Vec<String> {
    let mut keys: Vec<String> =
        parcels.iter().flat_map(|parcel| &parcel.shipment.lines).map(|line| line.sku.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What is taken, gathered so that each table is written once.
#[derive(Default)]
struct Taken {
    /// What the holds have of each SKU.
    held: BTreeMap<(Key, String), Vec<HoldLineRow>>,
    touched: HashSet<(Key, String)>,
    shipped: Vec<ShippedRow>,
    ledger: Vec<NewLedgerRow>,
    deltas: BTreeMap<(String, String), i64>,
}

impl From<Vec<HoldLineRow>> for Taken {
    fn from(lines: Vec<HoldLineRow>) -> Taken {
        let mut taken = Taken::default();
        for line in lines {
            taken.held.entry((line.order_id, line.sku_key.clone())).or_default().push(line);
        }
        taken
    }
}

impl Taken {
    /// From the locations in the order of their names.
    fn take(
        &mut self,
        levels: &mut Levels,
        parcel: Parcel<'_>,
        ShippedLine { sku, quantity }: &ShippedLine,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let mut missing = *quantity;
        let place = (Key::from(parcel.order), sku.key());
        for held in self.held.get_mut(&place).into_iter().flatten() {
            let part = missing.min(held.quantity);
            if part > 0 {
                missing -= part;
                held.quantity -= part;
                let left = levels.ship(&held.sku_key, &held.location, part);
                self.ledger.push(movement(held, parcel, part, left.on_hand, now));
                let delta = self.deltas.entry((held.sku_key.clone(), held.location.clone())).or_default();
                *delta = delta.saturating_sub(part);
                self.shipped.push(shipped(held, parcel, part));
            }
        }
        self.touched.insert(place);
        if missing > 0 { Err(beyond_hold(parcel, sku, missing)) } else { Ok(()) }
    }

    fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        let touched = self.touched;
        let left =
            self.held.into_iter().filter(|(place, _)| touched.contains(place)).flat_map(|(_, rows)| rows);
        store::holds::leave_in_lines(tx, &left.collect::<Vec<_>>())?;
        store::shipped::insert(tx, &self.shipped)?;
        let delta = |((sku_key, location), delta)| ReservedDelta { sku_key, location, delta, at: now.into() };
        let deltas: Vec<ReservedDelta> = self.deltas.into_iter().map(delta).collect();
        store::levels::move_out(tx, &deltas)?;
        store::ledger::append(tx, &self.ledger)
    }
}

fn beyond_hold(parcel: Parcel<'_>, sku: &Sku, missing: i64) -> Fault {
    let Parcel { order, shipment } = parcel;
    Fault::Refused(format!("{} ships {missing} of {sku} that {order} does not hold", shipment.id))
}

fn shipped(held: &HoldLineRow, parcel: Parcel<'_>, quantity: i64) -> ShippedRow {
    ShippedRow {
        order_id: held.order_id,
        shipment_id: parcel.shipment.id.into(),
        sku_key: held.sku_key.clone(),
        location: held.location.clone(),
        sku: held.sku.clone(),
        quantity,
    }
}

fn movement(
    held: &HoldLineRow,
    parcel: Parcel<'_>,
    quantity: i64,
    on_hand_after: i64,
    now: Timestamp,
) -> NewLedgerRow {
    NewLedgerRow {
        sku_key: held.sku_key.clone(),
        location: held.location.clone(),
        kind: "shipped",
        on_hand_delta: quantity.saturating_neg(),
        reserved_delta: quantity.saturating_neg(),
        on_hand_after,
        reason: Some(parcel.shipment.id.to_string()),
        cause: Some(parcel.order.to_string()),
        at: now.into(),
    }
}
