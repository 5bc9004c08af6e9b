//! What orders do on the events of payments.

use std::collections::BTreeMap;

use payment_api::PaymentEvent;
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::saga;
use platform::store::{Key, Tx};

use crate::complete::complete;
use crate::store::payments::{self, Copy};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_PAYMENTS: &str = "order.follow_payments";

/// Each order keeps how its payment stands, and one that waits for it goes on, or ends.
pub(crate) fn follow_payments(
    tx: &mut Tx<'_>,
    change: &Change,
    told: &[Told<'_, PaymentEvent>],
) -> Result<(), Fault> {
    // The last of several is how it stands now.
    let copies: BTreeMap<Key, Copy> = told
        .iter()
        .map(|Told { envelope, event }| {
            let (facts, order) = (event.facts(), Key::from(event.facts().order_id));
            let (version, as_of) = (envelope.aggregate_version, envelope.occurred_at);
            let captured = facts.captured.minor();
            (order, Copy { order, status: facts.status, version, as_of, captured })
        })
        .collect();
    payments::keep(tx, &copies.values().copied().collect::<Vec<_>>())?;
    let captured = copies.values().filter(|copy| copy.captured > 0).map(|copy| copy.order);
    complete(tx, change, &captured.collect::<Vec<_>>())?;
    Ok(saga::wake(tx, &copies.into_keys().collect::<Vec<_>>(), change.now)?)
}
