//! What orders do on the events of payments, customers and products.

use std::collections::BTreeMap;

use catalog_api::CatalogEvent;
use customer_api::CustomerEvent;
use payment_api::PaymentEvent;
use platform::Change;
use platform::copies::{Mending, newest};
use platform::events::subscription::{Fault, Told};
use platform::saga;
use platform::store::{Key, StoreError, Tx};

use crate::complete::complete;
use crate::copies::{PaymentFact, ProductFact, of_product};
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
    let said = told.iter().map(|Told { envelope, event }| {
        let (facts, version, as_of) = (event.facts(), envelope.aggregate_version, envelope.occurred_at);
        let (order, captured) = (Key::from(facts.order_id), facts.captured.minor());
        Copy { order, status: facts.status, version, as_of, captured }
    });
    Ok(hear_of_payments(tx, change, &newest(said, |copy| copy.order, |copy| copy.version))?)
}

fn hear_of_payments(tx: &mut Tx<'_>, change: &Change, copies: &[Copy]) -> Result<(), StoreError> {
    payments::keep(tx, copies)?;
    let captured = copies.iter().filter(|copy| copy.captured > 0).map(|copy| copy.order);
    complete(tx, change, &captured.collect::<Vec<_>>())?;
    saga::wake(tx, &copies.iter().map(|copy| copy.order).collect::<Vec<_>>(), change.now)
}

/// Makes copies of payments anew, as if what their owner has had just been told.
pub(crate) fn mend_payments(
    tx: &mut Tx<'_>,
    change: &Change,
    all: &[Mending<Key, PaymentFact>],
) -> Result<(), StoreError> {
    let copies: Vec<Copy> = payments::clear(tx, all)?.into_iter().filter_map(Copy::of).collect();
    hear_of_payments(tx, change, &copies)
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
    let fillings: Vec<Mending<Key, ProductFact>> = newest.into_iter().map(Mending::filling).collect();
    Ok(product_copies::mend(tx, &fillings)?)
}
