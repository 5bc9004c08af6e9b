use std::sync::Arc;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use inventory_api::{
    AdjustStock, FindHolds, Held, Holds, HoldsReleased, InventoryApi, InventoryError, ReleaseHolds, Reserve,
    Stock, inventory_rpc,
};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::batch::{Batcher, Limits};
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Change, Foundation, Module, Violation, events, idempotency};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{Error, PROBLEMS};
use crate::reactions::FOLLOW_ORDERS;
use crate::reserve::Answer;
use crate::{adjust, check, expire, holds, http, reactions, release, reserve};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/inventory/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/inventory/sqlite");

/// One batch at a time: two would contend for the same levels.
const RESERVES: Limits = Limits { size: 64, concurrency: 1 };

/// Stock: what is on hand where, and held for whom. Cheap to clone.
#[derive(Clone)]
pub struct InventoryModule {
    pub(crate) foundation: Foundation,
    reserves: Batcher<Reserve, Answer, Error>,
    orders: Dispatcher,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<InventoryError>>>;

impl InventoryModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "inventory",
        schema: "inventory",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    /// `orders` is the log of the order module.
    pub fn new(foundation: Foundation, orders: Arc<dyn Feed>) -> InventoryModule {
        let own = foundation.clone();
        let reserves = Batcher::writes(&foundation.store, "inventory.reserve", RESERVES, move |tx, batch| {
            // What a batch as a whole does to a SKU is told in the name of its first request.
            let Some(first) = batch.first() else { return Ok(Vec::new()) };
            reserve::reserve_all(tx, &own.change(&first.cx), batch)
        });
        let follow = Subscription::new(FOLLOW_ORDERS, orders, reactions::follow_orders);
        let orders = Dispatcher::new(foundation.clone(), follow);
        InventoryModule { foundation, reserves, orders }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.foundation.store
    }
}

impl InventoryApi for InventoryModule {
    fn reserve<'a>(&'a self, cx: &'a CallCtx, request: Reserve) -> Reply<'a, Held> {
        Box::pin(async move {
            let answer = self.reserves.call(cx, request).await.map_err(ApiError::from)?;
            answer.map_err(ApiError::Domain)
        })
    }

    fn release<'a>(&'a self, cx: &'a CallCtx, request: ReleaseHolds) -> Reply<'a, HoldsReleased> {
        let foundation = self.foundation.clone();
        Box::pin(async move {
            let call = cx.clone();
            self.store()
                .write(cx, "inventory.release", move |tx| {
                    release::release(tx, &request.orders, &request.reason, &foundation.change(&call))?;
                    Ok(HoldsReleased { released: request.orders.clone() })
                })
                .await
                .map_err(StoreError::into_api)
        })
    }

    fn find_holds<'a>(&'a self, cx: &'a CallCtx, request: FindHolds) -> Reply<'a, Holds> {
        Box::pin(async move {
            self.store().read(cx, move |db| holds::find(db, &request)).await.map_err(StoreError::into_api)
        })
    }

    fn adjust<'a>(&'a self, cx: &'a CallCtx, request: AdjustStock) -> Reply<'a, Stock> {
        Box::pin(async move {
            let work =
                |tx: &mut Tx<'_>, change: &Change, request: &AdjustStock| adjust::adjust(tx, change, request);
            let adjusted = self.foundation.command(cx, "inventory.adjust", request, work).await;
            adjusted.map_err(|error: Error| error.into())
        })
    }
}

impl Module for InventoryModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        inventory_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        vec![self.orders.clone()]
    }

    fn start(&self, workers: &Workers) {
        expire::start(&self.foundation, workers);
        events::sequencer::start(self.store(), workers);
        idempotency::start_purge(self.store(), Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.store().read(cx, check::check))
    }
}
