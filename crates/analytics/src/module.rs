use std::sync::Arc;

use analytics_api::{
    AnalyticsApi, AnalyticsError, FindProducts, FindSales, ProductsReport, SalesReport, analytics_rpc,
};
use catalog_api::CatalogApi;
use customer_api::CustomerApi;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use order_api::OrderApi;
use payment_api::PaymentApi;
use platform::copies::Comparable;
use platform::events::feed::Feed;
use platform::events::subscription::Dispatcher;
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::drift::{GroupCopies, ProductCopies};
use crate::hear::{self, Feeds, Source};
use crate::http;
use crate::remembered::Remembered;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/analytics/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/analytics/sqlite");

/// Whom analytics hears, and whom its check asks.
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub catalog: Arc<dyn CatalogApi>,
    pub customers: Arc<dyn CustomerApi>,
    pub orders: Arc<dyn OrderApi>,
    pub payments: Arc<dyn PaymentApi>,
    pub order_events: Arc<dyn Feed>,
    pub payment_events: Arc<dyn Feed>,
    pub catalog_events: Arc<dyn Feed>,
    pub customer_events: Arc<dyn Feed>,
}

/// What was sold, in sums that are kept. Cheap to clone.
#[derive(Clone)]
pub struct AnalyticsModule {
    pub(crate) foundation: Foundation,
    pub(crate) catalog: Arc<dyn CatalogApi>,
    pub(crate) customers: Arc<dyn CustomerApi>,
    pub(crate) orders: Arc<dyn OrderApi>,
    pub(crate) payments: Arc<dyn PaymentApi>,
    pub(crate) sources: Arc<[Source; 4]>,
    pub(crate) remembered: Arc<Remembered>,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<AnalyticsError>>>;

impl AnalyticsModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "analytics",
        schema: "analytics",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, others: Others) -> AnalyticsModule {
        let Others { catalog, customers, orders, payments, .. } = others;
        let feeds = Feeds {
            orders: others.order_events,
            payments: others.payment_events,
            catalog: others.catalog_events,
            customers: others.customer_events,
        };
        let sources = Arc::new(hear::sources(&foundation, feeds));
        let remembered = Arc::new(Remembered::new());
        AnalyticsModule { foundation, catalog, customers, orders, payments, sources, remembered }
    }
}

impl AnalyticsApi for AnalyticsModule {
    fn sales<'a>(&'a self, cx: &'a CallCtx, find: FindSales) -> Reply<'a, SalesReport> {
        Box::pin(async move { Ok(self.find_sales(cx, find).await?) })
    }

    fn products<'a>(&'a self, cx: &'a CallCtx, find: FindProducts) -> Reply<'a, ProductsReport> {
        Box::pin(async move { Ok(self.find_products(cx, find).await?) })
    }
}

impl Module for AnalyticsModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        analytics_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        &[]
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        self.sources.iter().map(|source| source.dispatcher.clone()).collect()
    }

    fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        vec![Arc::new(GroupCopies(self.clone())), Arc::new(ProductCopies(self.clone()))]
    }

    /// It has no events of its own and no keys: hearing others is all that it does by itself.
    fn start(&self, _: &Workers) {}

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.check_all(cx))
    }
}
