//! What stock does on the events of orders.

use order_api::{OrderEvent, OrderId};
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::store::Tx;

use crate::{holds, release};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_ORDERS: &str = "inventory.follow_orders";

/// A placed order keeps its stock; a rejected or cancelled one gives it back. An order is placed before it is cancelled, so
/// of one that is both in one batch the end counts.
pub(crate) fn follow_orders(
    tx: &mut Tx<'_>,
    change: &Change,
    told: &[Told<'_, OrderEvent>],
) -> Result<(), Fault> {
    let (mut placed, mut cancelled, mut rejected) = (Vec::new(), Vec::new(), Vec::new());
    for Told { event, .. } in told {
        match event {
            OrderEvent::Created { order } => placed.push(order.id),
            OrderEvent::Cancelled { order } => cancelled.push(order.id),
            OrderEvent::Rejected { order } => rejected.push(order.id),
        }
    }
    if !placed.is_empty() {
        holds::confirm(tx, &placed)?;
    }
    let mut release = |orders: &[OrderId], reason| match orders.is_empty() {
        true => Ok(()),
        false => release::release(tx, orders, reason, change).map(drop),
    };
    release(&cancelled, "order cancelled")?;
    // The reservation that was refused, or given up, may have been carried out all the same.
    Ok(release(&rejected, "order rejected")?)
}
