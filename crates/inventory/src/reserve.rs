//! Holding stock for orders: many waiting requests, one transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use inventory_api::{Held, HoldState, InventoryError, LineQuantity, Reserve, Shortage};
use kernel::Timestamp;
use platform::batch::Asked;
use platform::store::{Json, Key, StoreError, Tx};
use platform::{Change, bug};

use crate::error::Error;
use crate::levels::Levels;
use crate::picked::Picked;
use crate::settle::settle;
use crate::store;
use crate::store::backorders::NewBackorderRow;
use crate::store::holds::HoldRow;

pub(crate) type Answer = Result<Held, InventoryError>;

/// Answers each request, in the order they came. An order that asked before gets its first answer.
pub(crate) fn reserve_all(
    tx: &mut Tx<'_>,
    change: &Change,
    batch: &[Asked<Reserve>],
) -> Result<Vec<Answer>, Error> {
    let now = change.now;
    let requests: Vec<&Reserve> = batch.iter().map(|asked| &asked.request).collect();
    let orders: Vec<Key> = requests.iter().map(|request| request.order_id.into()).collect();
    let mut answers = HashMap::new();
    for hold in store::holds::find(tx, &orders)? {
        let hold = extended(tx, hold, &requests, now)?;
        answers.insert(hold.order_id.id(), first_answer(&hold)?);
    }
    let fresh: Vec<&Reserve> =
        requests.iter().copied().filter(|request| !answers.contains_key(&request.order_id)).collect();
    if !fresh.is_empty() {
        bug!(UnsortedLocks => for line in fresh.iter().flat_map(|request| &request.lines) {
            store::levels::lock(tx, &[line.sku.key()])?;
        });
        let mut levels = store::levels::lock(tx, &sku_keys(&fresh))?;
        let mut taken = Taken::default();
        for request in fresh {
            if let Entry::Vacant(answer) = answers.entry(request.order_id) {
                answer.insert(taken.serve(&mut levels, request, now)?);
            }
        }
        taken.save(tx, now)?;
        settle(tx, change, &mut levels.into_shelves())?;
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
        if !store::holds::extend(tx, &hold)? {
            // The sweeper was faster.
            hold.state = store::holds::name(HoldState::Released).to_owned();
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
    picked: Picked,
    backorders: Vec<NewBackorderRow>,
}

impl Taken {
    fn serve(
        &mut self,
        levels: &mut Levels,
        request: &Reserve,
        now: Timestamp,
    ) -> Result<Answer, StoreError> {
        let (order, expires_at) = (Key::from(request.order_id), now.saturating_add(request.ttl));
        match levels.take(&added_up(&request.lines)) {
            Ok(granted) => {
                self.hold(order, HoldState::Held, expires_at, None);
                for pick in &granted.picks {
                    self.picked.add(order, pick, "reserved", now);
                }
                let waiting = granted.backorders.iter().map(|line| NewBackorderRow::of(order, line));
                self.backorders.extend(waiting);
                Ok(Ok(Held { expires_at }))
            }
            Err(shortages) => {
                self.hold(order, HoldState::Refused, expires_at, Some(&shortages));
                Ok(Err(InventoryError::InsufficientStock(shortages)))
            }
        }
    }

    fn hold(
        &mut self,
        order_id: Key,
        state: HoldState,
        expires_at: Timestamp,
        shortages: Option<&Vec<Shortage>>,
    ) {
        self.holds.push(HoldRow {
            order_id,
            state: store::holds::name(state).to_owned(),
            expires_at: expires_at.into(),
            shortages: shortages.and_then(|shortages| Json::of(shortages).ok()),
        });
    }

    fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        store::holds::insert(tx, &self.holds)?;
        store::holds::insert_lines(tx, &self.picked.lines)?;
        store::backorders::insert(tx, &self.backorders)?;
        self.picked.save(tx, now)
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
