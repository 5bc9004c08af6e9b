use std::sync::Arc;

use catalog_api::CatalogApi;
use customer_api::CustomerApi;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use inventory_api::InventoryApi;
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use order_api::{
    CancelOrder, FindOrders, Order, OrderApi, OrderError, OrderId, Orders, PlaceOrder, ShipOrder, WalkOrders,
    order_rpc,
};
use payment_api::PaymentApi;
use platform::batch::{Batcher, Limits};
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::{Problem, ProblemKind, Reply};
use platform::idempotency::{Outcome, RequestKey};
use platform::saga::{LEASE, Operable, Runner};
use platform::store::{Db, Key, Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use tokio::sync::Notify;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{Error, PROBLEMS};
use crate::placing::Placing;
use crate::reactions::{self, FOLLOW_PAYMENTS};
use crate::steps::{self, Begin, Begun, Finish, Finished};
use crate::{http, store};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/order/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/order/sqlite");

/// One batch of each kind at a time: while it commits, the next one gathers.
const STEPS: Limits = Limits { size: 64, concurrency: 1 };

/// Whom the order module calls, and whom it hears.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub catalog: Arc<dyn CatalogApi>,
    pub customers: Arc<dyn CustomerApi>,
    pub inventory: Arc<dyn InventoryApi>,
    pub payments: Arc<dyn PaymentApi>,
    pub payment_events: Arc<dyn Feed>,
}

/// Orders, from the customer's word on. Cheap to clone.
#[derive(Clone)]
pub struct OrderModule {
    pub(crate) foundation: Foundation,
    pub(crate) catalog: Arc<dyn CatalogApi>,
    pub(crate) customers: Arc<dyn CustomerApi>,
    pub(crate) inventory: Arc<dyn InventoryApi>,
    pub(crate) payments: Arc<dyn PaymentApi>,
    /// Rings when a pending order may go on.
    bell: Arc<Notify>,
    follow_payments: Dispatcher,
    pub(crate) begins: Batcher<Begin, Begun, StoreError>,
    pub(crate) finishes: Batcher<Finish, Finished, Error>,
}

impl OrderModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "order",
        schema: "orders",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, others: Others) -> OrderModule {
        let Others { catalog, customers, inventory, payments, payment_events } = others;
        let (begins, finishes, bell) = (begins(&foundation), finishes(&foundation), Arc::new(Notify::new()));
        let follow = Subscription::new(FOLLOW_PAYMENTS, payment_events, reactions::follow_payments);
        let follow_payments = Dispatcher::new(foundation.clone(), follow.ringing(Arc::clone(&bell)));
        OrderModule {
            foundation,
            catalog,
            customers,
            inventory,
            payments,
            bell,
            follow_payments,
            begins,
            finishes,
        }
    }

    fn placing(&self) -> Runner<Placing> {
        Runner::new(Placing(self.clone()), Arc::clone(&self.bell))
    }

    /// Takes every pending order as far as it gets.
    ///
    /// # Errors
    /// [`StoreError`] when the tables cannot be used.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.placing().finish_all().await
    }

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

fn begins(foundation: &Foundation) -> Batcher<Begin, Begun, StoreError> {
    let clock = Arc::clone(&foundation.clock);
    Batcher::writes(&foundation.store, "order.begin", STEPS, move |tx, batch| {
        steps::begin_all(tx, batch, clock.now().saturating_add(LEASE))
    })
}

fn finishes(foundation: &Foundation) -> Batcher<Finish, Finished, Error> {
    let Foundation { store, clock, ids } = foundation.clone();
    Batcher::writes(&store, "order.finish", STEPS, move |tx, batch| {
        steps::finish_all(tx, &ids, batch, clock.now())
    })
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
            let found = self.foundation.store.read(cx, move |db| store::load(db, &ids)).await;
            let found = found.map_err(StoreError::into_api)?;
            Ok(Orders { orders: found.iter().map(crate::order::Order::view).collect() })
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
            read_outcome(order, OrderModule::cancel(self, cx, order, request.reason, key).await)
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
        Box::pin(async move {
            let found = self.foundation.store.read(cx, walk).await.map_err(StoreError::into_api)?;
            Ok(Orders { orders: found.iter().map(crate::order::Order::view).collect() })
        })
    }
}

impl Module for OrderModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        order_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        vec![self.follow_payments.clone()]
    }

    fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        vec![Arc::new(self.placing())]
    }

    fn start(&self, workers: &Workers) {
        self.placing().start(workers);
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.check_all(cx))
    }
}
