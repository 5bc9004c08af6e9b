use std::sync::Arc;

use customer_api::CustomerApi;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use identity_api::{IdentityApi, IdentityError, Letter, Verified, Verify, WriteLetter, identity_rpc};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::http::{Bearers, ProblemKind};
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::PROBLEMS;
use crate::hashing::Hasher;
use crate::{http, upkeep};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/identity/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/identity/sqlite");

/// Whom the identity module asks, and what of it is remembered.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub customers: Arc<dyn CustomerApi>,
    /// What this process remembers: told at once of what holds no longer.
    pub bearers: Arc<Bearers>,
}

/// Who can log in, and what that allows. Cheap to clone.
#[derive(Clone)]
pub struct IdentityModule {
    pub(crate) foundation: Foundation,
    pub(crate) customers: Arc<dyn CustomerApi>,
    pub(crate) bearers: Arc<Bearers>,
    pub(crate) hasher: Hasher,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<IdentityError>>>;

impl IdentityModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "identity",
        schema: "identity",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, others: Others) -> IdentityModule {
        let Others { customers, bearers } = others;
        IdentityModule { foundation, customers, bearers, hasher: Hasher::new() }
    }
}

impl IdentityApi for IdentityModule {
    fn verify<'a>(&'a self, cx: &'a CallCtx, request: Verify) -> Reply<'a, Verified> {
        Box::pin(async move { Ok(self.verify(cx, request).await?) })
    }

    fn write_letter<'a>(&'a self, cx: &'a CallCtx, request: WriteLetter) -> Reply<'a, Letter> {
        Box::pin(async move { Ok(self.write_letter(cx, request).await?) })
    }
}

impl Module for IdentityModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        identity_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn prepare(&self) -> BoxFut<'_, Result<(), StoreError>> {
        Box::pin(self.install_roles())
    }

    fn start(&self, workers: &Workers) {
        let (store, clock) = (&self.foundation.store, &self.foundation.clock);
        events::sequencer::start(store, workers);
        idempotency::start_purge(store, Arc::clone(clock), workers);
        upkeep::start_purge(store, Arc::clone(clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.check_all(cx))
    }
}
