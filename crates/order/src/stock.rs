//! Telling inventory what became of an order: confirmed when placed, released when rejected or cancelled. Keyed
//! commands, repeated until done; the order's saga row says what is left to do.

use std::sync::Arc;
use std::time::Duration;

use inventory_api::{ConfirmHolds, InventoryApi, InventoryError, ReleaseHolds};
use kernel::{ApiError, CallCtx};
use order_api::OrderId;
use platform::batch::{Batch, Batcher, Limits};
use platform::store::{Key, Store, StoreError};

use crate::store::{StockTodo, saga};

/// Nobody waits for a confirmation, and each batch is two commits: forty a second will do.
const CONFIRMS: Limits = Limits { size: 500, concurrency: 1, pause: Duration::from_millis(25) };
/// The caller of a cancellation waits for the stock to be back.
const RELEASES: Limits = Limits { size: 500, concurrency: 1, pause: Duration::ZERO };
const BUDGET: Duration = Duration::from_secs(2);

/// Where orders go to have inventory told. Cheap to clone.
#[derive(Clone)]
pub(crate) struct StockDesk {
    confirms: Batcher<OrderId, (), StoreError>,
    releases: Batcher<OrderId, (), StoreError>,
}

impl StockDesk {
    pub(crate) fn start(store: &Store, inventory: &Arc<dyn InventoryApi>) -> StockDesk {
        let teller = Teller { store: store.clone(), inventory: Arc::clone(inventory) };
        let confirms = Batcher::start(store.runtime(), CONFIRMS, {
            let teller = teller.clone();
            move |batch: Batch<OrderId>| {
                let (teller, orders) = (teller.clone(), orders(&batch));
                async move { teller.confirm(orders).await.map(|()| vec![(); batch.len()]) }
            }
        });
        let releases = Batcher::start(store.runtime(), RELEASES, move |batch: Batch<OrderId>| {
            let (teller, orders) = (teller.clone(), orders(&batch));
            async move { teller.release(orders).await.map(|()| vec![(); batch.len()]) }
        });
        StockDesk { confirms, releases }
    }

    fn queue(&self, todo: StockTodo) -> &Batcher<OrderId, (), StoreError> {
        match todo {
            StockTodo::Confirm => &self.confirms,
            StockTodo::Release => &self.releases,
        }
    }

    /// Hands the order over and does not wait for it: what is lost here, recovery does.
    pub(crate) fn hand_over(&self, order: OrderId, todo: StockTodo) {
        self.queue(todo).submit(&CallCtx::system("order", BUDGET), order);
    }

    /// Hands the order over, waits, and says whether inventory has been told.
    pub(crate) async fn tell(&self, order: OrderId, todo: StockTodo) -> bool {
        let told = self.queue(todo).call(&CallCtx::system("order", BUDGET), order).await;
        if let Err(error) = &told {
            tracing::warn!(%order, %error, "inventory will be told later");
        }
        told.is_ok()
    }
}

fn orders(batch: &Batch<OrderId>) -> Vec<OrderId> {
    batch.iter().map(|asked| asked.request).collect()
}

/// Tells inventory about many orders at once, and notes it.
#[derive(Clone)]
struct Teller {
    store: Store,
    inventory: Arc<dyn InventoryApi>,
}

impl Teller {
    async fn confirm(&self, orders: Vec<OrderId>) -> Result<(), StoreError> {
        let Some(first) = orders.first() else { return Ok(()) };
        let cx = CallCtx::system("order", BUDGET).with_key(format!("confirm:{first}"));
        let confirmed = self.inventory.confirm(&cx, ConfirmHolds { orders: orders.clone() }).await;
        let confirmed = confirmed.map_err(|error| repeated_later(&error))?;
        for order in &confirmed.missing {
            // Cancelled meanwhile; anything else `check` will name.
            tracing::debug!(%order, "there is no hold to confirm");
        }
        let done = orders.into_iter().filter(|order| !confirmed.missing.contains(order)).collect();
        self.note(&cx, done, StockTodo::Confirm).await
    }

    async fn release(&self, orders: Vec<OrderId>) -> Result<(), StoreError> {
        let Some(first) = orders.first() else { return Ok(()) };
        let cx = CallCtx::system("order", BUDGET).with_key(format!("release:{first}"));
        let reason = "order cancelled or rejected".to_owned();
        let request = ReleaseHolds { orders: orders.clone(), reason };
        self.inventory.release(&cx, request).await.map_err(|error| repeated_later(&error))?;
        self.note(&cx, orders, StockTodo::Release).await
    }

    async fn note(&self, cx: &CallCtx, orders: Vec<OrderId>, todo: StockTodo) -> Result<(), StoreError> {
        let keys: Vec<Key> = orders.into_iter().map(Key::from).collect();
        self.store.write(cx, "order.told", move |tx| saga::done(tx, &keys, todo)).await
    }
}

/// A call that failed, as the batch sees it.
fn repeated_later(error: &ApiError<InventoryError>) -> StoreError {
    StoreError::Unavailable(format!("inventory: {error}"))
}
