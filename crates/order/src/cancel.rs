//! Cancelling an order.

use inventory_api::ReleaseHolds;
use kernel::CallCtx;
use order_api::OrderId;
use platform::Change;
use platform::http::Reply;
use platform::idempotency::{Outcome, RequestKey};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Forbidden, Order};
use crate::store::{self, orders};

impl OrderModule {
    /// Cancels under the key and answers as `POST /v1/orders/{id}/cancellation` does. Inventory hears of it by the event;
    /// it is also told at once, so that the stock is usually back when this returns.
    pub(crate) async fn cancel(
        &self,
        cx: &CallCtx,
        id: OrderId,
        reason: String,
        key: RequestKey,
    ) -> Result<Reply, Outcome<Error>> {
        let work = move |tx: &mut Tx<'_>, change: &Change| cancel(tx, change, id, &reason);
        let render = |order: &Order| Ok(Reply::ok(&order.view())?.tagged(order.version));
        let reply = self.foundation.answer(cx, "order.cancel", Some(key), work, render).await?;
        if reply.status() == 200 {
            self.release(cx, id).await;
        }
        Ok(reply)
    }

    async fn release(&self, cx: &CallCtx, order: OrderId) {
        let request = ReleaseHolds { orders: vec![order], reason: "order cancelled".to_owned() };
        let released = self.inventory.release(&cx.with_key(format!("release:{order}")), request).await;
        if let Err(error) = released {
            tracing::debug!(%order, %error, "inventory will hear of it");
        }
    }
}

fn cancel(tx: &mut Tx<'_>, change: &Change, id: OrderId, reason: &str) -> Result<Order, Error> {
    let mut order = store::lock_decided(tx, id)?;
    let turned = order.cancel(reason, change.now).map_err(|Forbidden(status)| Error::NotPlaced(status))?;
    if let Some(event) = turned {
        orders::save(tx, &order)?;
        change.append(tx, &order.id, order.version, &event)?;
    }
    Ok(order)
}
