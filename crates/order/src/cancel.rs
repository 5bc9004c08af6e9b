//! Cancelling an order.

use kernel::CallCtx;
use kernel::{Ids, Timestamp};
use order_api::OrderId;
use platform::events;
use platform::http::Reply;
use platform::idempotency::{Outcome, RequestKey, once};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Forbidden, Order};
use crate::store::{self, StockTodo};

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
        let (clock, ids, call) = (self.foundation.clock.clone(), self.foundation.ids.clone(), cx.clone());
        let reply = self
            .foundation
            .store
            .write(cx, "order.cancel", move |tx| {
                let now = clock.now();
                once(tx, Some(&key), now, |tx| {
                    let order = cancel(tx, &call, &ids, id, &reason, now)?;
                    Ok::<_, Error>(Reply::ok(&order.view())?.tagged(order.version))
                })
            })
            .await?;
        if reply.status() == 200 {
            self.stock.tell(id, StockTodo::Release).await;
        }
        Ok(reply)
    }
}

fn cancel(
    tx: &mut Tx<'_>,
    cx: &CallCtx,
    ids: &Ids,
    id: OrderId,
    reason: &str,
    now: Timestamp,
) -> Result<Order, Error> {
    let mut order = store::lock(tx, id)?.ok_or(Error::NotFound)?.order;
    let turned = order.cancel(reason, now).map_err(|Forbidden(status)| Error::NotPlaced(status))?;
    if let Some(event) = turned {
        store::save_all(tx, &[(&order, StockTodo::Release)])?;
        let event = events::envelope(cx, ids.next(now), now, order.id.to_string(), order.version, &event)?;
        tx.append(&[event])?;
    }
    Ok(order)
}
