//! What orders do on the events of payments.

use std::collections::BTreeMap;

use payment_api::PaymentEvent;
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::saga;
use platform::store::{Key, Tx};

use crate::store::payments::{self, Copy};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_PAYMENTS: &str = "order.follow_payments";

/// Each order keeps how its payment stands, and one that waits for it goes on.
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
            (order, Copy { order, status: facts.status, version, as_of })
        })
        .collect();
    payments::keep(tx, &copies.values().copied().collect::<Vec<_>>())?;
    Ok(saga::wake(tx, &copies.into_keys().collect::<Vec<_>>(), change.now)?)
}
