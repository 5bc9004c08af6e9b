//! What orders do on the events of payments, customers and products.

use std::collections::BTreeMap;

use catalog_api::CatalogEvent;
use customer_api::CustomerEvent;
use payment_api::PaymentEvent;
use platform::Change;
use platform::copies::{Mending, newest};
use platform::events::subscription::{Fault, Told};
use platform::saga;
use platform::store::{Key, Tx};

use crate::complete::complete;
use crate::copies::{ProductFact, of_product};
use crate::store::payments::{self, Copy};
use crate::store::{customer_copies, product_copies};

/// Names of the subscriptions; cursors are stored under them.
pub(crate) const FOLLOW_PAYMENTS: &str = "order.follow_payments";
pub(crate) const FOLLOW_CUSTOMERS: &str = "order.follow_customers";
pub(crate) const FOLLOW_PRODUCTS: &str = "order.follow_products";

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

/// Customers' events say that something changed, not to what, so the copy knows that it is behind until it is
/// [filled](crate::fill) by the owner.
pub(crate) fn follow_customers(
    tx: &mut Tx<'_>,
    _: &Change,
    told: &[Told<'_, CustomerEvent>],
) -> Result<(), Fault> {
    let mut heard: BTreeMap<Key, i64> = BTreeMap::new();
    for Told { envelope, event } in told {
        let newest = heard.entry(event.customer_id().into()).or_default();
        *newest = envelope.aggregate_version.max(*newest);
    }
    Ok(customer_copies::note(tx, &heard)?)
}

/// Products' events carry all there is to copy. Of several versions the newest counts, in whatever order they come.
pub(crate) fn follow_products(
    tx: &mut Tx<'_>,
    _: &Change,
    told: &[Told<'_, CatalogEvent>],
) -> Result<(), Fault> {
    let said = told.iter().map(|told| of_product(told.event.product()));
    let newest = newest(said, |owned| owned.key, |owned| owned.version);
    let fillings: Vec<Mending<ProductFact>> = newest.into_iter().map(Mending::filling).collect();
    Ok(product_copies::mend(tx, &fillings)?)
}
