//! Cancelling an order.

use kernel::CallCtx;
use order_api::OrderId;
use platform::Change;
use platform::http::Reply;
use platform::idempotency::{Outcome, RequestKey};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Forbidden, Order};
use crate::recover::LEASE;
use crate::store::{self, StockTodo, orders, saga};

impl OrderModule {
    /// Cancels under the key and answers as `POST /v1/orders/{id}/cancellation` does. The stock is usually back when
    /// this returns; where inventory cannot be reached, recovery tells it.
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
            self.stock.tell(id, StockTodo::Release).await;
        }
        Ok(reply)
    }
}

fn cancel(tx: &mut Tx<'_>, change: &Change, id: OrderId, reason: &str) -> Result<Order, Error> {
    let mut order = store::lock_decided(tx, id)?;
    let turned = order.cancel(reason, change.now).map_err(|Forbidden(status)| Error::NotPlaced(status))?;
    if let Some(event) = turned {
        orders::save(tx, &order)?;
        saga::leave(tx, &order, StockTodo::Release, change.now.saturating_add(LEASE))?;
        change.append(tx, &order.id, order.version, &event)?;
    }
    Ok(order)
}
