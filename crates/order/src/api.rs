//! What other modules may ask of orders.

use kernel::{ApiError, BoxFut, CallCtx};
use order_api::{
    CancelOrder, FindOrders, Order, OrderApi, OrderError, OrderId, Orders, PlaceOrder, ShipOrder, WalkOrders,
};
use platform::http::{Problem, Reply};
use platform::idempotency::{Outcome, RequestKey};
use platform::store::{Db, Key, StoreError};

use crate::error::Error;
use crate::module::OrderModule;
use crate::{steps, store};

impl OrderModule {
    /// The key of a command that came by the API, in the scope of its caller.
    fn call_key(
        &self,
        cx: &CallCtx,
        command: &'static str,
        request: &impl serde::Serialize,
    ) -> Result<RequestKey, StoreError> {
        let key = cx.idempotency_key.as_deref().unwrap_or_default();
        let id = self.foundation.ids.uuid(self.foundation.clock.now());
        RequestKey::of_call(cx, command, key, request, id, steps::INSTANCE.to_owned())
    }
}

/// A reply that was made for REST, as the API gives it.
fn read_reply(reply: &Reply) -> Result<Order, ApiError<OrderError>> {
    let bad = |error: serde_json::Error| ApiError::Internal(error.to_string());
    if reply.status() < 400 {
        return serde_json::from_slice(reply.body()).map_err(bad);
    }
    let problem: serde_json::Value = serde_json::from_slice(reply.body()).map_err(bad)?;
    let text =
        |field: &str| problem.get(field).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    Err(ApiError::Domain(OrderError::Refused { code: text("code"), detail: text("detail") }))
}

fn read_outcome(
    order: OrderId,
    outcome: Result<Reply, Outcome<Error>>,
) -> Result<Order, ApiError<OrderError>> {
    match outcome {
        Ok(reply) => read_reply(&reply),
        Err(Outcome::Refused(problem)) => Err(unanswered(&problem)),
        Err(Outcome::Failed(error)) => Err(error.into_api(order)),
    }
}

/// Only for what [`read_reply`] does not see: the outcome is unknown, or the request was at fault.
fn unanswered(problem: &Problem) -> ApiError<OrderError> {
    ApiError::Unavailable(problem.code().to_owned())
}

/// Orders as others see them.
fn shown(found: Result<Vec<crate::order::Order>, StoreError>) -> Result<Orders, ApiError<OrderError>> {
    let found = found.map_err(StoreError::into_api)?;
    Ok(Orders { orders: found.iter().map(crate::order::Order::view).collect() })
}

impl OrderApi for OrderModule {
    fn place<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: PlaceOrder,
    ) -> BoxFut<'a, Result<Order, ApiError<OrderError>>> {
        Box::pin(async move {
            let key = self.call_key(cx, "order.place", &request).map_err(StoreError::into_api)?;
            let reply =
                OrderModule::place(self, cx, request, key).await.map_err(|problem| unanswered(&problem))?;
            read_reply(&reply)
        })
    }

    fn find<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: FindOrders,
    ) -> BoxFut<'a, Result<Orders, ApiError<OrderError>>> {
        Box::pin(async move {
            let ids: Vec<Key> = request.ids.into_iter().map(Key::from).collect();
            shown(self.foundation.store.read(cx, move |db| store::load(db, &ids)).await)
        })
    }

    fn cancel<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: CancelOrder,
    ) -> BoxFut<'a, Result<Order, ApiError<OrderError>>> {
        Box::pin(async move {
            let key = self.call_key(cx, "order.cancel", &request).map_err(StoreError::into_api)?;
            let order = request.order_id;
            read_outcome(order, OrderModule::cancel(self, cx, order, None, request.reason, key).await)
        })
    }

    fn ship<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: ShipOrder,
    ) -> BoxFut<'a, Result<Order, ApiError<OrderError>>> {
        Box::pin(async move {
            let key = self.call_key(cx, "order.ship", &request).map_err(StoreError::into_api)?;
            read_outcome(request.order_id, OrderModule::ship(self, cx, request, key).await)
        })
    }

    fn walk<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: WalkOrders,
    ) -> BoxFut<'a, Result<Orders, ApiError<OrderError>>> {
        let walk = move |db: &mut Db<'_>| store::walk(db, request.after.map(Key::from), request.limit.into());
        Box::pin(async move { shown(self.foundation.store.read(cx, walk).await) })
    }
}
