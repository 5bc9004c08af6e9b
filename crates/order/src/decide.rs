//! A person decides on an order under review.

use kernel::CallCtx;
use order_api::{OrderId, OrderStatus};
use platform::Change;
use platform::http::Reply;
use platform::idempotency::{Outcome, RequestKey};
use platform::store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::Order;
use crate::review::REVIEW_REJECTED;
use crate::reviewer;
use crate::store::{self, orders, reviews};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewDecision)]
pub(crate) enum Decision {
    /// The order is placed, with the address that it has.
    Accept,
    /// The order is rejected; stock and money go back.
    Reject,
}

impl OrderModule {
    /// Decides under the key and answers as `POST /v1/orders/{id}/review` does. What a rejection gives back, its owners learn by
    /// the event; they are also told at once.
    pub(crate) async fn decide(
        &self,
        cx: &CallCtx,
        id: OrderId,
        decision: Decision,
        key: RequestKey,
    ) -> Result<Reply, Outcome<Error>> {
        let work = move |tx: &mut Tx<'_>, change: &Change| decide(tx, change, id, decision);
        let render = |order: &Order| Ok(Reply::ok(&order.view())?.tagged(order.version));
        let reply = self.foundation.answer(cx, "order.decide", Some(key), work, render).await?;
        match serde_json::from_slice::<order_api::Order>(reply.body()) {
            Ok(order) if order.status == OrderStatus::Rejected => {
                self.undo(cx, &order, "order rejected").await;
            }
            _ => {}
        }
        Ok(reply)
    }
}

fn decide(tx: &mut Tx<'_>, change: &Change, id: OrderId, decision: Decision) -> Result<Order, Error> {
    let mut order = match store::lock_decided(tx, id) {
        Err(Error::NotPlaced(status)) => return Err(Error::NotInReview(status)),
        found => found?,
    };
    if order.kind() != OrderStatus::NeedsReview {
        return Err(Error::NotInReview(order.kind()));
    }
    match decision {
        Decision::Accept => reviewer::place(tx, change, std::slice::from_mut(&mut order))?,
        Decision::Reject => {
            if let Some(event) = order.reject(REVIEW_REJECTED)? {
                orders::save(tx, &order)?;
                reviews::remove(tx, &[order.id.into()])?;
                change.append(tx, &order.id, order.version, &event)?;
            }
        }
    }
    Ok(order)
}
