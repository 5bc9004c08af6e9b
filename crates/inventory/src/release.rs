//! Letting holds go.

use std::collections::{BTreeMap, HashSet};

use inventory_api::HoldState;
use kernel::Timestamp;
use order_api::{OrderId, OrderKind};
use platform::store::{Key, StoreError, Tx};
use platform::{Change, bug};

use crate::allocate::allocate;
use crate::holds::keys;
use crate::levels::Levels;
use crate::settle::settle;
use crate::store;
use crate::store::holds::{HoldLineRow, HoldRow};
use crate::store::ledger::NewLedgerRow;
use crate::store::levels::ReservedDelta;

/// Also leaves a mark for orders that never held anything, so that a reserve that comes late is refused. Says how many held
/// something until now.
pub(crate) fn release(
    tx: &mut Tx<'_>,
    orders: &[OrderId],
    reason: &str,
    change: &Change,
) -> Result<usize, StoreError> {
    let orders = keys(orders);
    let mut live = Vec::new();
    let mut known = HashSet::new();
    for hold in store::holds::lock(tx, &orders)? {
        known.insert(hold.order_id);
        if hold.state()?.is_live() || bug!(ReleaseTwice) {
            live.push(hold.order_id);
        }
    }
    let marks: Vec<HoldRow> =
        orders.iter().filter(|order| !known.contains(order)).map(|order| mark(*order, change.now)).collect();
    store::holds::insert(tx, &marks)?;
    if !live.is_empty() {
        put_back(tx, &live, reason, change)?;
        store::holds::turn(tx, &live, HoldState::Held, HoldState::Released)?;
        store::holds::turn(tx, &live, HoldState::Confirmed, HoldState::Released)?;
    }
    Ok(live.len())
}

fn mark(order_id: Key, now: Timestamp) -> HoldRow {
    HoldRow {
        order_id,
        state: store::holds::name(HoldState::Released).to_owned(),
        expires_at: now.into(),
        shortages: None,
    }
}

/// What was reserved goes to those who wait, and what they leave becomes available. Which lines the holds have is read
/// under the lock: goods that arrive go to them until then.
fn put_back(tx: &mut Tx<'_>, orders: &[Key], reason: &str, change: &Change) -> Result<(), StoreError> {
    let sku_keys = store::holds::sku_keys(tx, orders)?;
    let mut levels = store::levels::lock(tx, &sku_keys)?;
    if levels.is_waited_for() {
        give_up(tx, &mut levels, orders)?;
    }
    let lines = store::holds::find_lines(tx, orders)?;
    let mut ledger = Vec::with_capacity(lines.len());
    for line in &lines {
        let left = levels.release(&line.sku_key, &line.location, line.quantity);
        ledger.push(released(line, left.on_hand, reason, change.now));
    }
    store::levels::move_reserved(tx, &deltas(&lines, change.now))?;
    store::ledger::append(tx, &ledger)?;
    let mut shelves = levels.into_shelves();
    for shelf in &mut shelves {
        allocate(tx, shelf, change.now)?;
    }
    settle(tx, change, &mut shelves)
}

/// These orders wait no more.
fn give_up(tx: &mut Tx<'_>, levels: &mut Levels, orders: &[Key]) -> Result<(), StoreError> {
    for waiting in store::backorders::find(tx, orders)? {
        levels.give_up(&waiting.sku_key, waiting.quantity);
    }
    store::backorders::remove(tx, orders)
}

fn deltas(lines: &[HoldLineRow], now: Timestamp) -> Vec<ReservedDelta> {
    let mut sums: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for line in lines {
        let sum = sums.entry((&line.sku_key, &line.location)).or_default();
        *sum = sum.saturating_sub(line.quantity);
    }
    let delta = |((sku_key, location), delta): ((&str, &str), i64)| ReservedDelta {
        sku_key: sku_key.to_owned(),
        location: location.to_owned(),
        delta,
        at: now.into(),
    };
    sums.into_iter().map(delta).collect()
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
        cause: Some(line.order_id.id::<OrderKind>().to_string()),
        at: now.into(),
    }
}
