//! Holding stock for orders: many waiting requests, one transaction.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use inventory_api::{Held, HoldState, InventoryError, LineQuantity, Reserve, Shortage};
use kernel::Timestamp;
use order_api::OrderId;
use platform::batch::Asked;
use platform::bug;
use platform::store::{Json, Key, StoreError, Tx};

use crate::error::Error;
use crate::levels::{Levels, Pick};
use crate::store::{self, HoldLineRow, HoldRow, NewLedgerRow, ReservedDelta};

pub(crate) type Answer = Result<Held, InventoryError>;

/// Answers each request, in the order they came. An order that asked before gets its first answer.
pub(crate) fn reserve_all(
    tx: &mut Tx<'_>,
    batch: &[Asked<Reserve>],
    now: Timestamp,
) -> Result<Vec<Answer>, Error> {
    let requests: Vec<&Reserve> = batch.iter().map(|asked| &asked.request).collect();
    let orders: Vec<Key> = requests.iter().map(|request| request.order_id.into()).collect();
    let mut answers = HashMap::new();
    for hold in store::find_holds(tx, &orders)? {
        let hold = extended(tx, hold, &requests, now)?;
        answers.insert(hold.order_id.id(), first_answer(&hold)?);
    }
    let fresh: Vec<&Reserve> =
        requests.iter().copied().filter(|request| !answers.contains_key(&request.order_id)).collect();
    if !fresh.is_empty() {
        bug!(UnsortedLocks => for line in fresh.iter().flat_map(|request| &request.lines) {
            store::lock_levels(tx, &[line.sku.key()])?;
        });
        let mut levels = store::lock_levels(tx, &sku_keys(&fresh))?;
        let mut taken = Taken::default();
        for request in fresh {
            if let Entry::Vacant(answer) = answers.entry(request.order_id) {
                answer.insert(taken.serve(&mut levels, request, now)?);
            }
        }
        taken.save(tx, now)?;
    }
    requests
        .iter()
        .map(|request| {
            let answer = answers.get(&request.order_id).cloned();
            answer.ok_or_else(|| StoreError::Query("a reservation got no answer".to_owned()).into())
        })
        .collect()
}

/// The hold, made to last again if it has run out and was not let go yet.
fn extended(
    tx: &mut Tx<'_>,
    mut hold: HoldRow,
    requests: &[&Reserve],
    now: Timestamp,
) -> Result<HoldRow, StoreError> {
    let asked = requests.iter().find(|request| Key::from(request.order_id) == hold.order_id);
    let Some(request) = asked.filter(|_| hold.expires_at.0 <= now) else { return Ok(hold) };
    if hold.state()? == HoldState::Held {
        hold.expires_at = now.saturating_add(request.ttl).into();
        if !store::extend_hold(tx, &hold)? {
            // The sweeper was faster.
            hold.state = store::name(HoldState::Released).to_owned();
        }
    }
    Ok(hold)
}

fn first_answer(hold: &HoldRow) -> Result<Answer, StoreError> {
    Ok(match hold.state()? {
        HoldState::Held | HoldState::Confirmed => Ok(Held { expires_at: hold.expires_at.0 }),
        HoldState::Released => Err(InventoryError::HoldReleased),
        HoldState::Refused => Err(InventoryError::InsufficientStock(hold.shortages()?)),
    })
}

fn sku_keys(requests: &[&Reserve]) -> Vec<String> {
    let mut keys: Vec<String> =
        requests.iter().flat_map(|request| &request.lines).map(|line| line.sku.key()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// What a batch takes, gathered so that each table is written once.
#[derive(Default)]
struct Taken {
    holds: Vec<HoldRow>,
    lines: Vec<HoldLineRow>,
    ledger: Vec<NewLedgerRow>,
    deltas: BTreeMap<(String, String), i64>,
}

impl Taken {
    fn serve(
        &mut self,
        levels: &mut Levels,
        request: &Reserve,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let expires_at = now.saturating_add(request.ttl);
        match levels.take(&added_up(&request.lines)) {
            Ok(picks) => {
                self.hold(request.order_id, HoldState::Held, expires_at, None);
                for pick in &picks {
                    self.pick(request.order_id, pick, now);
                }
                Ok(Ok(Held { expires_at }))
            }
            Err(shortages) => {
                self.hold(request.order_id, HoldState::Refused, expires_at, Some(&shortages));
                Ok(Err(InventoryError::InsufficientStock(shortages)))
            }
        }
    }

    fn hold(
        &mut self,
        order: OrderId,
        state: HoldState,
        expires_at: Timestamp,
        shortages: Option<&Vec<Shortage>>,
    ) {
        self.holds.push(HoldRow {
            order_id: order.into(),
            state: store::name(state).to_owned(),
            expires_at: expires_at.into(),
            shortages: shortages.and_then(|shortages| Json::of(shortages).ok()),
        });
    }

    fn pick(&mut self, order: OrderId, pick: &Pick, now: Timestamp) {
        self.lines.push(HoldLineRow::of(order.into(), pick));
        self.ledger.push(NewLedgerRow {
            sku_key: pick.sku_key.clone(),
            location: pick.location.clone(),
            kind: "reserved",
            on_hand_delta: 0,
            reserved_delta: pick.quantity,
            on_hand_after: pick.on_hand,
            reason: None,
            cause: Some(order.to_string()),
            at: now.into(),
        });
        let delta = self.deltas.entry((pick.sku_key.clone(), pick.location.clone())).or_default();
        *delta = delta.saturating_add(pick.quantity);
    }

    fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        let deltas: Vec<ReservedDelta> = self
            .deltas
            .into_iter()
            .map(|((sku_key, location), delta)| ReservedDelta { sku_key, location, delta })
            .collect();
        if !deltas.is_empty() {
            store::move_reserved(tx, &deltas, now)?;
        }
        store::insert_holds(tx, &self.holds)?;
        store::insert_hold_lines(tx, &self.lines)?;
        store::append_ledger(tx, &self.ledger)
    }
}

/// Each SKU once: two lines of one SKU must not both be granted what only one can have.
fn added_up(lines: &[LineQuantity]) -> Vec<LineQuantity> {
    let mut sums: Vec<LineQuantity> = Vec::with_capacity(lines.len());
    for line in lines {
        match sums.iter_mut().find(|sum| sum.sku == line.sku) {
            Some(sum) => sum.quantity = sum.quantity.saturating_add(line.quantity),
            None => sums.push(line.clone()),
        }
    }
    sums
}
