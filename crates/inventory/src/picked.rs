//! Stock that becomes reserved.

use std::collections::BTreeMap;

use kernel::Timestamp;
use order_api::OrderKind;
use platform::store::{Key, StoreError, Tx};

use crate::shelf::Pick;
use crate::store;
use crate::store::holds::HoldLineRow;
use crate::store::ledger::NewLedgerRow;
use crate::store::levels::ReservedDelta;

/// What is reserved for whom, gathered so that each table is written once.
#[derive(Default)]
pub(crate) struct Picked {
    /// For the caller to write: who waited may have such a line already.
    pub lines: Vec<HoldLineRow>,
    ledger: Vec<NewLedgerRow>,
    deltas: BTreeMap<(String, String), i64>,
}

impl Picked {
    pub(crate) fn add(&mut self, order: Key, pick: &Pick, kind: &'static str, now: Timestamp) {
        self.lines.push(HoldLineRow::of(order, pick));
        self.ledger.push(NewLedgerRow {
            sku_key: pick.sku.key(),
            location: pick.location.clone(),
            kind,
            on_hand_delta: 0,
            reserved_delta: pick.quantity,
            on_hand_after: pick.on_hand,
            reason: None,
            cause: Some(order.id::<OrderKind>().to_string()),
            at: now.into(),
        });
        let delta = self.deltas.entry((pick.sku.key(), pick.location.clone())).or_default();
        *delta = delta.saturating_add(pick.quantity);
    }

    /// Writes the levels and the ledger.
    pub(crate) fn save(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), StoreError> {
        let deltas: Vec<ReservedDelta> = self
            .deltas
            .into_iter()
            .map(|((sku_key, location), delta)| ReservedDelta { sku_key, location, delta, at: now.into() })
            .collect();
        store::levels::move_reserved(tx, &deltas)?;
        store::ledger::append(tx, &self.ledger)
    }
}
