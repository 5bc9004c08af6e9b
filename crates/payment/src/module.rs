use std::sync::Arc;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta, Timestamp};
use payment_api::{
    Authorisation, Authorise, Capture, FindPayments, Payment, PaymentApi, PaymentError, Payments, Refund,
    Void, payment_rpc,
};
use platform::http::ProblemKind;
use platform::store::{Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use tokio::sync::Notify;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{Error, PROBLEMS};
use crate::movement::{Direction, Movement};
use crate::provider::{Answer, Gateway, GatewayError, HttpProvider, Provider, Providers};
use crate::store::payments;
use crate::{check, http, payment};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/payment/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/payment/sqlite");

/// Payments of orders, and the providers that take them. Cheap to clone.
#[derive(Clone)]
pub struct PaymentModule {
    pub(crate) foundation: Foundation,
    pub(crate) providers: Providers,
    /// Rings when there is something to look up.
    pub(crate) bell: Arc<Notify>,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<PaymentError>>>;

impl PaymentModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "payment",
        schema: "payment",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    /// Without a gateway, cards are refused.
    ///
    /// # Errors
    /// [`GatewayError`] when the gateway cannot be used as it is configured.
    pub fn new(foundation: Foundation, gateway: Option<&Gateway>) -> Result<PaymentModule, GatewayError> {
        let card: Option<Arc<dyn Provider>> = match gateway {
            Some(gateway) => Some(Arc::new(HttpProvider::connect(gateway)?)),
            None => None,
        };
        Ok(PaymentModule { foundation, providers: Providers::new(card), bell: Arc::default() })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.foundation.clock.now()
    }

    /// What the provider of a payment answers without being asked, if it does.
    pub(crate) fn at_once(&self, payment: &payment::Payment) -> Option<Answer> {
        self.providers.named(&payment.provider).and_then(|provider| provider.at_once())
    }

    pub(crate) async fn find(&self, cx: &CallCtx, wanted: FindPayments) -> Result<Payments, Error> {
        let found = self.foundation.store.read(cx, move |db| payments::find(db, &wanted)).await?;
        Ok(Payments { payments: found.iter().map(payment::Payment::view).collect() })
    }
}

impl PaymentApi for PaymentModule {
    fn authorise<'a>(&'a self, cx: &'a CallCtx, request: Authorise) -> Reply<'a, Authorisation> {
        Box::pin(PaymentModule::authorise(self, cx, request))
    }

    fn capture<'a>(&'a self, cx: &'a CallCtx, request: Capture) -> Reply<'a, Payment> {
        Box::pin(async move {
            let Capture { payment_id: payment, amount } = request;
            let movement = Movement { payment, direction: Direction::Capture, amount };
            Ok(self.move_money(cx, "payment.capture", &request, movement).await?)
        })
    }

    fn refund<'a>(&'a self, cx: &'a CallCtx, request: Refund) -> Reply<'a, Payment> {
        Box::pin(async move {
            let Refund { payment_id: payment, amount } = request;
            let movement = Movement { payment, direction: Direction::Refund, amount };
            Ok(self.move_money(cx, "payment.refund", &request, movement).await?)
        })
    }

    fn void<'a>(&'a self, cx: &'a CallCtx, request: Void) -> Reply<'a, Payment> {
        Box::pin(async move { Ok(self.void_order(cx, request).await?) })
    }

    fn find<'a>(&'a self, cx: &'a CallCtx, request: FindPayments) -> Reply<'a, Payments> {
        Box::pin(async move { Ok(PaymentModule::find(self, cx, request).await?) })
    }
}

impl Module for PaymentModule {
    fn name(&self) -> &'static str {
        Self::OWNERSHIP.module
    }

    fn store(&self) -> &Store {
        &self.foundation.store
    }

    fn methods(&self) -> &'static [&'static MethodMeta] {
        payment_rpc::METHODS
    }

    fn routes(&self, config: &mut ServiceConfig<'_>) {
        http::routes(self, config);
    }

    fn problems(&self) -> &'static [ProblemKind] {
        PROBLEMS
    }

    fn start(&self, workers: &Workers) {
        self.start_recovery(workers);
        events::sequencer::start(&self.foundation.store, workers);
        idempotency::start_purge(&self.foundation.store, Arc::clone(&self.foundation.clock), workers);
    }

    fn check<'a>(&'a self, cx: &'a CallCtx) -> BoxFut<'a, Result<Vec<Violation>, StoreError>> {
        Box::pin(self.foundation.store.read(cx, check::check))
    }
}
