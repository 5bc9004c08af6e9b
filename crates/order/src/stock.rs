//! Telling inventory what became of an order: confirmed when placed, released when rejected or cancelled. Keyed
//! commands, repeated until done; `orders.stock_todo` is what is left to do.

use std::sync::Arc;
use std::time::Duration;

use inventory_api::{ConfirmHolds, InventoryApi, InventoryError, ReleaseHolds};
use kernel::{ApiError, CallCtx};
use order_api::OrderId;
use platform::batch::{Asked, Batch, Batcher, Limits};
use platform::store::{Key, Store, StoreError};

use crate::module::OrderModule;
use crate::store::{self, StockTodo};

const LIMITS: Limits = Limits { size: 256, concurrency: 1 };
const BUDGET: Duration = Duration::from_secs(2);

impl OrderModule {
    /// Hands the order to the follow-up batch and does not wait for it: what is lost here, recovery does.
    pub(crate) async fn follow_up(&self, order: OrderId, todo: StockTodo) {
        self.follow_ups.submit(&CallCtx::system("order", BUDGET), (order, todo)).await;
    }

    /// Hands the order to the follow-up batch, waits, and says whether inventory has been told.
    pub(crate) async fn follow_up_now(&self, order: OrderId, todo: StockTodo) -> bool {
        let told = self.follow_ups.call(&CallCtx::system("order", BUDGET), (order, todo)).await;
        if let Err(error) = &told {
            tracing::warn!(%order, %error, "inventory will be told later");
        }
        told.is_ok()
    }
}

/// Tells inventory, for many orders at once.
#[derive(Clone)]
pub(crate) struct StockDesk {
    pub store: Store,
    pub inventory: Arc<dyn InventoryApi>,
}

impl StockDesk {
    pub(crate) fn start(self) -> Batcher<(OrderId, StockTodo), (), StoreError> {
        Batcher::start(&self.store.runtime().clone(), LIMITS, move |batch: Batch<(OrderId, StockTodo)>| {
            let desk = self.clone();
            async move { desk.tell(&batch).await.map(|()| vec![(); batch.len()]) }
        })
    }

    /// Tells inventory about a batch of orders, and notes it.
    async fn tell(&self, batch: &[Asked<(OrderId, StockTodo)>]) -> Result<(), StoreError> {
        let of = |which: StockTodo| -> Vec<OrderId> {
            let orders = batch.iter().map(|asked| asked.request);
            orders.filter(|(_, todo)| *todo == which).map(|(order, _)| order).collect()
        };
        self.confirm(of(StockTodo::Confirm)).await?;
        self.release(of(StockTodo::Release)).await
    }

    async fn confirm(&self, orders: Vec<OrderId>) -> Result<(), StoreError> {
        let Some(first) = orders.first() else { return Ok(()) };
        let cx = CallCtx::system("order", BUDGET).with_key(format!("confirm:{first}"));
        let confirmed =
            self.inventory.confirm(&cx, ConfirmHolds { orders: orders.clone() }).await.map_err(storage)?;
        for order in &confirmed.missing {
            // Cancelled on another instance meanwhile; anything else `check` will name.
            tracing::warn!(%order, "there is no hold to confirm");
        }
        let done = orders.into_iter().filter(|order| !confirmed.missing.contains(order)).collect();
        self.clear(&cx, done, StockTodo::Confirm).await
    }

    async fn release(&self, orders: Vec<OrderId>) -> Result<(), StoreError> {
        let Some(first) = orders.first() else { return Ok(()) };
        let cx = CallCtx::system("order", BUDGET).with_key(format!("release:{first}"));
        let request =
            ReleaseHolds { orders: orders.clone(), reason: "order cancelled or rejected".to_owned() };
        self.inventory.release(&cx, request).await.map_err(storage)?;
        self.clear(&cx, orders, StockTodo::Release).await
    }

    async fn clear(&self, cx: &CallCtx, orders: Vec<OrderId>, todo: StockTodo) -> Result<(), StoreError> {
        let keys: Vec<Key> = orders.into_iter().map(Key::from).collect();
        self.store.write(cx, "order.clear_todo", move |tx| store::clear_todo(tx, &keys, todo)).await
    }
}

/// A call that failed, as the batch sees it: all such failures are repeated later.
fn storage(error: ApiError<InventoryError>) -> StoreError {
    StoreError::Unavailable(format!("inventory: {error}"))
}
