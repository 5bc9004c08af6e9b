//! What becomes of a hold: confirmed, or released.

use std::collections::{BTreeMap, HashSet};

use inventory_api::{FindHolds, HoldState, HoldView, Holds, HoldsReleased, LineQuantity};
use kernel::Timestamp;
use order_api::OrderId;
use platform::bug;
use platform::store::{Db, Key, StoreError, Tx};

use crate::store::{self, HoldLineRow, HoldRow, NewLedgerRow, ReservedDelta};

fn keys(orders: &[OrderId]) -> Vec<Key> {
    let mut keys: Vec<Key> = orders.iter().copied().map(Key::from).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Makes the holds of placed orders last. One that is confirmed, or was let go by a cancellation, stays so.
pub(crate) fn confirm(tx: &mut Tx<'_>, orders: &[OrderId]) -> Result<(), StoreError> {
    store::move_holds(tx, &keys(orders), HoldState::Held, HoldState::Confirmed).map(drop)
}

/// Also leaves a mark for orders that never held anything, so that a reserve that comes late is refused.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    orders: &[OrderId],
    reason: &str,
    now: Timestamp,
) -> Result<HoldsReleased, StoreError> {
    let orders = keys(orders);
    let mut live = Vec::new();
    let mut known = HashSet::new();
    for hold in store::lock_holds(tx, &orders)? {
        known.insert(hold.order_id);
        if hold.state()?.is_live() || bug!(ReleaseTwice) {
            live.push(hold.order_id);
        }
    }
    let marks: Vec<HoldRow> =
        orders.iter().filter(|order| !known.contains(order)).map(|order| mark(*order, now)).collect();
    store::insert_holds(tx, &marks)?;
    if !live.is_empty() {
        put_back(tx, &live, reason, now)?;
        store::move_holds(tx, &live, HoldState::Held, HoldState::Released)?;
        store::move_holds(tx, &live, HoldState::Confirmed, HoldState::Released)?;
    }
    Ok(HoldsReleased { released: live.into_iter().map(Key::id).collect() })
}

fn mark(order_id: Key, now: Timestamp) -> HoldRow {
    HoldRow {
        order_id,
        state: store::name(HoldState::Released).to_owned(),
        expires_at: now.into(),
        shortages: None,
    }
}

fn put_back(tx: &mut Tx<'_>, orders: &[Key], reason: &str, now: Timestamp) -> Result<(), StoreError> {
    let lines = store::find_hold_lines(tx, orders)?;
    let mut sku_keys: Vec<String> = lines.iter().map(|line| line.sku_key.clone()).collect();
    sku_keys.sort_unstable();
    sku_keys.dedup();
    let levels = store::lock_levels(tx, &sku_keys)?;
    let mut deltas: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for line in &lines {
        let delta = deltas.entry((&line.sku_key, &line.location)).or_default();
        *delta = delta.saturating_sub(line.quantity);
    }
    let deltas: Vec<ReservedDelta> = deltas
        .into_iter()
        .map(|((sku_key, location), delta)| ReservedDelta {
            sku_key: sku_key.to_owned(),
            location: location.to_owned(),
            delta,
        })
        .collect();
    store::move_reserved(tx, &deltas, now)?;
    let ledger: Vec<NewLedgerRow> = lines
        .iter()
        .map(|line| {
            let on_hand = levels.on_hand(&line.sku_key, &line.location);
            released(line, on_hand, reason, now)
        })
        .collect();
    store::append_ledger(tx, &ledger)
}

fn released(line: &HoldLineRow, on_hand_after: i64, reason: &str, now: Timestamp) -> NewLedgerRow {
    NewLedgerRow {
        sku_key: line.sku_key.clone(),
        location: line.location.clone(),
        kind: "released",
        on_hand_delta: 0,
        reserved_delta: line.quantity.saturating_neg(),
        on_hand_after,
        reason: Some(reason.to_owned()),
        cause: Some(line.order_id.id::<order_api::OrderKind>().to_string()),
        at: now.into(),
    }
}

pub(crate) fn find(db: &mut Db<'_>, request: &FindHolds) -> Result<Holds, StoreError> {
    let orders = keys(&request.orders);
    let mut lines: BTreeMap<Key, Vec<LineQuantity>> = BTreeMap::new();
    for row in store::find_hold_lines(db, &orders)? {
        let line = row.line()?;
        let held = lines.entry(row.order_id).or_default();
        match held.iter_mut().find(|sum| sum.sku == line.sku) {
            Some(sum) => sum.quantity = sum.quantity.saturating_add(line.quantity),
            None => held.push(line),
        }
    }
    let holds = store::find_holds(db, &orders)?;
    let view = |hold: &HoldRow| {
        let lines = lines.remove(&hold.order_id).unwrap_or_default();
        Ok(HoldView { order_id: hold.order_id.id(), state: hold.state()?, lines })
    };
    Ok(Holds { holds: holds.iter().map(view).collect::<Result<_, StoreError>>()? })
}
