use std::sync::Arc;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use reference_api::{
    Categories, Countries, FindCategories, FindCountries, FindTaxCategories, ReferenceApi, ReferenceError,
    TaxCategories, WalkCodes, WalkedCategories, reference_rpc,
};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::PROBLEMS;
use crate::{check, http};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/reference/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/reference/sqlite");

/// Countries, currencies, categories, tax categories. Cheap to clone.
#[derive(Clone)]
pub struct ReferenceModule {
    pub(crate) foundation: Foundation,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<ReferenceError>>>;

impl ReferenceModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "reference",
        schema: "reference",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation) -> ReferenceModule {
        ReferenceModule { foundation }
    }
}

impl ReferenceApi for ReferenceModule {
    fn find_categories<'a>(&'a self, cx: &'a CallCtx, find: FindCategories) -> Reply<'a, Categories> {
        Box::pin(async move { Ok(Categories { categories: self.find_categories(cx, find.codes).await? }) })
    }

    fn find_countries<'a>(&'a self, cx: &'a CallCtx, find: FindCountries) -> Reply<'a, Countries> {
        Box::pin(async move { Ok(Countries { countries: self.find_countries(cx, find.codes).await? }) })
    }

    fn find_tax_categories<'a>(
        &'a self,
        cx: &'a CallCtx,
        find: FindTaxCategories,
    ) -> Reply<'a, TaxCategories> {
        Box::pin(async move { Ok(self.find_tax_categories(cx, find.codes).await?) })
    }

    fn walk_categories<'a>(&'a self, cx: &'a CallCtx, walk: WalkCodes) -> Reply<'a, WalkedCategories> {
        Box::pin(async move { Ok(self.walk_categories(cx, walk).await?) })
    }

    fn walk_countries<'a>(&'a self, cx: &'a CallCtx, walk: WalkCodes) -> Reply<'a, Countries> {
        Box::pin(async move { Ok(self.walk_countries(cx, walk).await?) })
    }

    fn walk_tax_categories<'a>(&'a self, cx: &'a CallCtx, walk: WalkCodes) -> Reply<'a, TaxCategories> {
        Box::pin(async move { Ok(self.walk_tax_categories(cx, walk).await?) })
    }
}

impl Module for ReferenceModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        reference_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn prepare(&self) -> BoxFut<'_, Result<(), StoreError>> {
        Box::pin(self.install_all())
    }

    fn start(&self, workers: &Workers) {
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.foundation.store.read(cx, check::check))
    }
}
