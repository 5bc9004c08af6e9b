use std::sync::Arc;

use customer_api::{
    AddAddress, Address, Customer, CustomerApi, CustomerError, CustomerSnapshots, Customers, Destination,
    EnrolCustomer, FindCustomers, FindDestination, FindPaymentToken, FindSnapshots, Memberships,
    PaymentToken, Profile, RegisterCustomer, UpdateProfile, WalkSnapshots, customer_rpc,
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta};
use platform::copies::Comparable;
use platform::effects::Effects;
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::{IfMatch, ProblemKind};
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use reference_api::ReferenceApi;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::countries::{self, FOLLOW_REFERENCE};
use crate::destination::{self, Destinations};
use crate::drift::CountryCopies;
use crate::error::{Error, PROBLEMS};
use crate::pictures::Pictures;
use crate::profile::ProfilePatch;
use crate::removal::Remover;
use crate::{add_address, http, register, request, update_profile};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/customer/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/customer/sqlite");

/// Whom the customer module asks, and whom it hears.
#[derive(Clone)]
#[expect(missing_debug_implementations, reason = "modules have no useful Debug")]
pub struct Others {
    pub reference: Arc<dyn ReferenceApi>,
    pub reference_events: Arc<dyn Feed>,
}

/// Customers, their addresses, payment methods and profiles. Cheap to clone.
#[derive(Clone)]
pub struct CustomerModule {
    pub(crate) foundation: Foundation,
    pub(crate) pictures: Pictures,
    pub(crate) reference: Arc<dyn ReferenceApi>,
    effects: Effects,
    pub(crate) follow_reference: Dispatcher,
    destinations: Destinations,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<CustomerError>>>;

impl CustomerModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "customer",
        schema: "customer",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    pub fn new(foundation: Foundation, pictures: Pictures, others: Others) -> CustomerModule {
        let Others { reference, reference_events } = others;
        let destinations = destination::start(&foundation.store);
        let remover = Remover { foundation: foundation.clone(), pictures: pictures.clone() };
        let effects = Effects::new(foundation.clone(), vec![Arc::new(remover)]);
        let follow = Subscription::new(FOLLOW_REFERENCE, reference_events, countries::follow);
        let follow_reference = Dispatcher::new(foundation.clone(), follow);
        CustomerModule { foundation, pictures, reference, effects, follow_reference, destinations }
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

    fn walk_memberships<'a>(&'a self, cx: &'a CallCtx, walk: WalkSnapshots) -> Reply<'a, Memberships> {
        Box::pin(async move { Ok(self.memberships(cx, walk).await?) })
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

    fn enrol<'a>(&'a self, cx: &'a CallCtx, new: EnrolCustomer) -> Reply<'a, Customer> {
        Box::pin(async move {
            let EnrolCustomer { email, name, phone } = new.clone();
            request::admit_customer(&RegisterCustomer { email, name, phone, group: None })?;
            Ok(self.foundation.command::<_, _, Error>(cx, "customer.enrol", new, register::enrol).await?)
        })
    }

    fn add_address<'a>(&'a self, cx: &'a CallCtx, new: AddAddress) -> Reply<'a, Address> {
        Box::pin(async move {
            request::admit_address(&new.address)?;
            self.learn_country(cx, &new.address.country).await?;
            let added = self.foundation.command::<_, _, Error>(
                cx,
                "customer.add_address",
                new,
                add_address::add_address,
            );
            Ok(added.await?)
        })
    }

    fn update_profile<'a>(&'a self, cx: &'a CallCtx, update: UpdateProfile) -> Reply<'a, Profile> {
        Box::pin(async move {
            request::profile::admit_profile(&update)?;
            let updated = self.foundation.command::<_, _, Error>(
                cx,
                "customer.update_profile",
                update,
                |tx, change, update| {
                    let patch = ProfilePatch::of(update);
                    update_profile::update_profile(tx, change, update.customer_id, &IfMatch::Any, &patch)
                },
            );
            Ok(updated.await?)
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

    fn effects(&self) -> Option<Effects> {
        Some(self.effects.clone())
    }

    fn subscriptions(&self) -> Vec<Dispatcher> {
        vec![self.follow_reference.clone()]
    }

    fn copies(&self) -> Vec<Arc<dyn Comparable>> {
        vec![Arc::new(CountryCopies(self.clone()))]
    }

    fn start(&self, workers: &Workers) {
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    /// All that this module promises of its own rows are constraints; its copies are compared by themselves.
    fn check<'a>(&'a self, _: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}
