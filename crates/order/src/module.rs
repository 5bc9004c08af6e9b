use std::sync::Arc;

use catalog_api::CatalogApi;
use customer_api::CustomerApi;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use inventory_api::InventoryApi;
use kernel::{BoxFut, CallCtx, MethodMeta};
use order_api::order_rpc;
use payment_api::PaymentApi;
use platform::batch::{Batcher, Limits};
use platform::copies::Comparable;
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::ProblemKind;
use platform::saga::{LEASE, Operable, Runner};
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use tokio::sync::Notify;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::drift::{CustomerCopies, PaymentCopies, ProductCopies};
use crate::error::{Error, PROBLEMS};
use crate::placing::Placing;
use crate::reactions::{self, FOLLOW_CUSTOMERS, FOLLOW_PAYMENTS, FOLLOW_PRODUCTS};
use crate::steps::{self, Begin, Begun, Finish, Finished};
use crate::{fill, http, reviewer};

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
    pub catalog_events: Arc<dyn Feed>,
    pub customer_events: Arc<dyn Feed>,
    pub payment_events: Arc<dyn Feed>,
}

/// What the operator decides about orders.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Whether orders are accepted while the customer module is away, on the word of the copy that is kept of it.
    pub accept_without_customer: bool,
}

/// Orders, from the customer's word on. Cheap to clone.
#[derive(Clone)]
pub struct OrderModule {
    pub(crate) foundation: Foundation,
    pub(crate) settings: Settings,
    pub(crate) catalog: Arc<dyn CatalogApi>,
    pub(crate) customers: Arc<dyn CustomerApi>,
    pub(crate) inventory: Arc<dyn InventoryApi>,
    pub(crate) payments: Arc<dyn PaymentApi>,
    /// Rings when a pending order may go on.
    bell: Arc<Notify>,
    /// Rings when copies may have to be filled.
    heard_of_customers: Arc<Notify>,
    pub(crate) follow_payments: Dispatcher,
    pub(crate) follow_customers: Dispatcher,
    pub(crate) follow_products: Dispatcher,
    pub(crate) begins: Batcher<Begin, Begun, StoreError>,
    pub(crate) finishes: Batcher<Finish, Finished, Error>,
}

impl OrderModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "order",
        schema: "orders",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, settings: Settings, others: Others) -> OrderModule {
        let Others { catalog, customers, inventory, payments, .. } = others;
        let (begins, finishes) = (begins(&foundation), finishes(&foundation));
        let (bell, heard_of_customers) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let of_payments =
            Subscription::new(FOLLOW_PAYMENTS, others.payment_events, reactions::follow_payments)
                .ringing(Arc::clone(&bell));
        let of_customers =
            Subscription::new(FOLLOW_CUSTOMERS, others.customer_events, reactions::follow_customers)
                .ringing(Arc::clone(&heard_of_customers));
        let of_products =
            Subscription::new(FOLLOW_PRODUCTS, others.catalog_events, reactions::follow_products);
        OrderModule {
            follow_payments: Dispatcher::new(foundation.clone(), of_payments),
            follow_customers: Dispatcher::new(foundation.clone(), of_customers),
            follow_products: Dispatcher::new(foundation.clone(), of_products),
            foundation,
            settings,
            catalog,
            customers,
            inventory,
            payments,
            bell,
            heard_of_customers,
            begins,
            finishes,
        }
    }

    fn placing(&self) -> Runner<Placing> {
        Runner::new(Placing(self.clone()), Arc::clone(&self.bell))
    }

    /// Takes every pending order as far as it gets; if the customer module can be asked, fills the copies and reviews orders.
    ///
    /// # Errors
    /// [`StoreError`] when the tables cannot be used.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.placing().finish_all().await?;
        let asked = match self.fill_copies().await {
            Ok(()) => self.review_waiting().await,
            Err(error) => Err(error.into()),
        };
        match asked {
            Err(Error::Storage(error)) if !error.is_outage() => Err(error),
            _ => Ok(()),
        }
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
        vec![self.follow_payments.clone(), self.follow_customers.clone(), self.follow_products.clone()]
    }

    fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        vec![
            Arc::new(CustomerCopies(self.clone())),
            Arc::new(ProductCopies(self.clone())),
            Arc::new(PaymentCopies(self.clone())),
        ]
    }

    fn sagas(&self) -> Vec<Arc<dyn Operable>> {
        vec![Arc::new(self.placing())]
    }

    fn start(&self, workers: &Workers) {
        self.placing().start(workers);
        fill::start(self, &self.heard_of_customers, workers);
        reviewer::start(self, workers);
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.check_all(cx))
    }
}
