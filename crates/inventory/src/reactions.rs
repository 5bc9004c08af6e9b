//! What stock does on the events of orders.

use order_api::{OrderEvent, OrderId};
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::store::{StoreError, Tx};

use crate::ship::{self, Parcel};
use crate::{holds, release, store};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_ORDERS: &str = "inventory.follow_orders";

/// What events say, by what is done about it.
#[derive(Default)]
struct Heard<'a> {
    kept: Vec<OrderId>,
    shipped: Vec<Parcel<'a>>,
    cancelled: Vec<OrderId>,
    rejected: Vec<OrderId>,
}

/// A placed order keeps its stock, and so does one that is to be reviewed; what is shipped leaves it; a rejected or cancelled
/// one gives it back. An order is kept before it is shipped or let go, so of one that is both in one batch the end counts.
pub(crate) fn follow_orders(
    tx: &mut Tx<'_>,
    change: &Change,
    told: &[Told<'_, OrderEvent>],
) -> Result<(), Fault> {
    let heard = Heard::of(told);
    if !heard.kept.is_empty() {
        holds::confirm(tx, &heard.kept)?;
    }
    heard.lock(tx)?;
    if !heard.shipped.is_empty() {
        ship::ship(tx, &heard.shipped, change.now)?;
    }
    let mut release = |orders: &[OrderId], reason| match orders.is_empty() {
        true => Ok(()),
        false => release::release(tx, orders, reason, change).map(drop),
    };
    release(&heard.cancelled, "order cancelled")?;
    // The reservation that was refused, or given up, may have been carried out all the same.
    Ok(release(&heard.rejected, "order rejected")?)
}

impl<'a> Heard<'a> {
    fn of(told: &'a [Told<'_, OrderEvent>]) -> Heard<'a> {
        let mut heard = Heard::default();
        for Told { event, .. } in told {
            match event {
                OrderEvent::NeedsReview { order } | OrderEvent::Created { order } => {
                    heard.kept.push(order.id);
                }
                OrderEvent::Shipped { order, shipment } => {
                    heard.shipped.push(Parcel { order: order.id, shipment });
                }
                OrderEvent::Cancelled { order } => heard.cancelled.push(order.id),
                OrderEvent::Rejected { order } => heard.rejected.push(order.id),
                OrderEvent::Completed { .. } => {}
            }
        }
        heard
    }

    /// Each step locks what it needs in order. Where there are several, all of it is locked before, so that the order is
    /// kept over all of them, and nobody waits in a circle.
    fn lock(&self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        let shipped: Vec<OrderId> = self.shipped.iter().map(|parcel| parcel.order).collect();
        let steps = [&shipped, &self.cancelled, &self.rejected];
        if steps.iter().filter(|orders| !orders.is_empty()).count() < 2 {
            return Ok(());
        }
        let orders = holds::keys(&steps.map(Vec::as_slice).concat());
        store::holds::lock(tx, &orders)?;
        let sku_keys = store::holds::sku_keys(tx, &orders)?;
        store::levels::lock(tx, &sku_keys).map(drop)
    }
}
