//! Cancelling an order.

use customer_api::CustomerId;
use kernel::CallCtx;
use order_api::OrderId;
use platform::Change;
use platform::http::Reply;
use platform::idempotency::{Outcome, RequestKey};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::Order;
use crate::store::{self, orders};

impl OrderModule {
    /// Cancels an order, if it is `whose` the caller is confined to, under the key and answers as `POST /v1/orders/{id}/cancellation` does. Inventory and payment hear of it by the
    /// event; they are also told at once, so that stock and money are usually back when this returns.
    pub(crate) async fn cancel(
        &self,
        cx: &CallCtx,
        id: OrderId,
        whose: Option<CustomerId>,
        reason: String,
        key: RequestKey,
    ) -> Result<Reply, Outcome<Error>> {
        let work = move |tx: &mut Tx<'_>, change: &Change| cancel(tx, change, id, whose, &reason);
        let render = |order: &Order| Ok(Reply::ok(&order.view())?.tagged(order.version));
        let reply = self.foundation.answer(cx, "order.cancel", Some(key), work, render).await?;
        if let Ok(order) = serde_json::from_slice::<order_api::Order>(reply.body()) {
            self.undo(cx, &order, "order cancelled").await;
        }
        Ok(reply)
    }
}

fn cancel(
    tx: &mut Tx<'_>,
    change: &Change,
    id: OrderId,
    whose: Option<CustomerId>,
    reason: &str,
) -> Result<Order, Error> {
    let mut order = store::lock_decided_of(tx, id, whose)?;
    if let Some(event) = order.cancel(reason, change.now)? {
        orders::save(tx, &order)?;
        change.append(tx, &order.id, order.version, &event)?;
    }
    Ok(order)
}
