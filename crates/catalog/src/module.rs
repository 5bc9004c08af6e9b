use std::sync::Arc;

use catalog_api::{
    CatalogApi, CatalogError, NewProduct, Product, Products, Quote, QuoteLines, SetPrices, Variant,
    WalkProducts, catalog_rpc,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::copies::Comparable;
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::{IfMatch, ProblemKind};
use platform::store::{Migrations, Ownership, Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use reference_api::ReferenceApi;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::categories::{self, FOLLOW_REFERENCE};
use crate::drift::{CategoryCopies, TaxCategoryCopies};
use crate::error::PROBLEMS;
use crate::quote::{self, Quotes};
use crate::shelf::Shelf;
use crate::tax_categories::{self, FOLLOW_TAX_CATEGORIES};
use crate::{check, create, http, request, set_prices};
use platform::Change;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/catalog/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/catalog/sqlite");

/// Whom the catalog asks, and whom it hears.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub reference: Arc<dyn ReferenceApi>,
    pub reference_events: Arc<dyn Feed>,
}

/// Products, variants, prices: what can be bought. Cheap to clone.
#[derive(Clone)]
pub struct CatalogModule {
    pub(crate) foundation: Foundation,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) reference: Arc<dyn ReferenceApi>,
    pub(crate) follow_reference: Dispatcher,
    pub(crate) follow_tax_categories: Dispatcher,
    quotes: Quotes,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<CatalogError>>>;

impl CatalogModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "catalog",
        schema: "catalog",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, others: Others) -> CatalogModule {
        let Others { reference, reference_events } = others;
        let quotes = quote::start(&foundation.store);
        let of_categories =
            Subscription::new(FOLLOW_REFERENCE, Arc::clone(&reference_events), categories::follow);
        let of_tax_categories =
            Subscription::new(FOLLOW_TAX_CATEGORIES, reference_events, tax_categories::follow);
        CatalogModule {
            follow_reference: Dispatcher::new(foundation.clone(), of_categories),
            follow_tax_categories: Dispatcher::new(foundation.clone(), of_tax_categories),
            foundation,
            shelf: Arc::new(Shelf::new()),
            reference,
            quotes,
        }
    }
}

impl CatalogApi for CatalogModule {
    fn quote<'a>(&'a self, cx: &'a CallCtx, request: QuoteLines) -> Reply<'a, Quote> {
        Box::pin(async move { self.quotes.call(cx, request).await.map_err(ApiError::from) })
    }

    fn walk<'a>(&'a self, cx: &'a CallCtx, walk: WalkProducts) -> Reply<'a, Products> {
        Box::pin(async move { self.walk(cx, walk).await.map_err(ApiError::from) })
    }

    fn create_product<'a>(&'a self, cx: &'a CallCtx, new: NewProduct) -> Reply<'a, Product> {
        Box::pin(async move {
            let new = request::admit_product(new).map_err(ApiError::Domain)?;
            self.learn_category(cx, new.category.as_deref()).await?;
            self.learn_tax_category(cx, new.tax_category.as_deref()).await?;
            self.command(cx, "catalog.create_product", new, create::create_product).await
        })
    }

    fn set_prices<'a>(&'a self, cx: &'a CallCtx, wanted: SetPrices) -> Reply<'a, Variant> {
        Box::pin(async move {
            request::admit_prices(&wanted).map_err(ApiError::Domain)?;
            let work = |tx: &mut Tx<'_>, change: &Change, wanted: &SetPrices| {
                set_prices::set_prices(tx, change, &IfMatch::Any, wanted).map(|priced| priced.variant)
            };
            self.command(cx, "catalog.set_prices", wanted, work).await
        })
    }
}

impl Module for CatalogModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        catalog_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        vec![self.follow_reference.clone(), self.follow_tax_categories.clone()]
    }

    fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        vec![Arc::new(CategoryCopies(self.clone())), Arc::new(TaxCategoryCopies(self.clone()))]
    }

    fn start(&self, workers: &Workers) {
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.foundation.store.read(cx, check::prices))
    }
}
