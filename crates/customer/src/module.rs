use std::sync::Arc;

use customer_api::{
    AddAddress, Address, Customer, CustomerApi, CustomerError, CustomerSnapshots, Customers, Destination,
    FindCustomers, FindDestination, FindPaymentToken, FindSnapshots, PaymentToken, RegisterCustomer,
    WalkSnapshots, customer_rpc,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::destination::{self, Destinations};
use crate::error::{Error, PROBLEMS};
use crate::{add_address, http, register, request};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/customer/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/customer/sqlite");

/// Customers, their addresses and payment methods. Cheap to clone.
#[derive(Clone)]
pub struct CustomerModule {
    pub(crate) foundation: Foundation,
    destinations: Destinations,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<CustomerError>>>;

impl CustomerModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "customer",
        schema: "customer",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation) -> CustomerModule {
        let destinations = destination::start(&foundation.store);
        CustomerModule { foundation, destinations }
    }
}

impl CustomerApi for CustomerModule {
    fn find_destination<'a>(&'a self, cx: &'a CallCtx, request: FindDestination) -> Reply<'a, Destination> {
        Box::pin(async move {
            self.destinations.call(cx, request).await.map_err(ApiError::from)?.map_err(ApiError::Domain)
        })
    }

    fn find<'a>(&'a self, cx: &'a CallCtx, request: FindCustomers) -> Reply<'a, Customers> {
        Box::pin(async move { Ok(self.find_all(cx, request.ids).await?) })
    }

    fn find_snapshots<'a>(&'a self, cx: &'a CallCtx, of: FindSnapshots) -> Reply<'a, CustomerSnapshots> {
        Box::pin(async move { Ok(self.snapshots(cx, of.ids).await?) })
    }

    fn walk_snapshots<'a>(&'a self, cx: &'a CallCtx, walk: WalkSnapshots) -> Reply<'a, CustomerSnapshots> {
        Box::pin(async move { Ok(self.walk(cx, walk).await?) })
    }

    fn find_payment_token<'a>(
        &'a self,
        cx: &'a CallCtx,
        request: FindPaymentToken,
    ) -> Reply<'a, PaymentToken> {
        Box::pin(async move {
            let FindPaymentToken { customer_id, payment_method_id } = request;
            let method = self.get_payment_method(cx, customer_id, payment_method_id).await?;
            Ok(PaymentToken { provider: method.provider, token: method.token })
        })
    }

    fn register<'a>(&'a self, cx: &'a CallCtx, new: RegisterCustomer) -> Reply<'a, Customer> {
        Box::pin(async move {
            request::admit_customer(&new)?;
            Ok(self
                .foundation
                .command::<_, _, Error>(cx, "customer.register", new, register::register)
                .await?)
        })
    }

    fn add_address<'a>(&'a self, cx: &'a CallCtx, new: AddAddress) -> Reply<'a, Address> {
        Box::pin(async move {
            request::admit_address(&new.address)?;
            let added = self.foundation.command::<_, _, Error>(
                cx,
                "customer.add_address",
                new,
                add_address::add_address,
            );
            Ok(added.await?)
        })
    }
}

impl Module for CustomerModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        customer_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn start(&self, workers: &Workers) {
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    /// Takes part in no invariant of several modules, and its own are constraints.
    fn check<'a>(&'a self, _: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}
