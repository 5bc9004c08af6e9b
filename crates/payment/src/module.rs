use std::sync::Arc;
use std::time::Duration;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{ApiError, BoxFut, CallCtx, MethodMeta, Timestamp};
use payment_api::{
    Authorisation, Authorise, Capture, FindPayments, Payment, PaymentApi, PaymentError, PaymentId, Payments,
    Refund, Reverse, WalkPayments, payment_rpc,
};
use platform::events::feed::Feed;
use platform::events::subscription::{Dispatcher, Subscription};
use platform::http::ProblemKind;
use platform::store::{Key, Migrations, Ownership, Store, StoreError};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation, events, idempotency};
use tokio::sync::Notify;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{Error, PROBLEMS};
use crate::movement::{Direction, Movement};
use crate::provider::{Gateway, GatewayError, HttpProvider, Provider, Providers};
use crate::reactions::FOLLOW_ORDERS;
use crate::store::payments;
use crate::{check, http, payment, reactions};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/payment/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/payment/sqlite");

/// An order younger than this may not have been heard of.
const YOUNG: Duration = Duration::from_secs(5);
const LONGEST_OPENING: Duration = Duration::from_millis(500);
const OPENING: Duration = Duration::from_millis(5);

/// Payments of orders, and the providers that take them. Cheap to clone.
#[derive(Clone)]
pub struct PaymentModule {
    pub(crate) foundation: Foundation,
    pub(crate) providers: Providers,
    /// Rings when there is something to look up.
    pub(crate) bell: Arc<Notify>,
    orders: Dispatcher,
}

type Reply<'a, R> = BoxFut<'a, Result<R, ApiError<PaymentError>>>;

impl PaymentModule {
    pub const OWNERSHIP: Ownership = Ownership {
        module: "payment",
        schema: "payment",
        migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
    };

    /// Hears the order module's log. Without a gateway, cards are refused.
    ///
    /// # Errors
    /// [`GatewayError`] when the gateway cannot be used as it is configured.
    pub fn new(
        foundation: Foundation,
        gateway: Option<&Gateway>,
        orders: Arc<dyn Feed>,
    ) -> Result<PaymentModule, GatewayError> {
        let card: Option<Arc<dyn Provider>> = match gateway {
            Some(gateway) => Some(Arc::new(HttpProvider::connect(gateway)?)),
            None => None,
        };
        let (providers, bell) = (Providers::new(card), Arc::new(Notify::new()));
        let known = providers.clone();
        let follow = Subscription::new(FOLLOW_ORDERS, orders, move |tx, change, told| {
            reactions::follow_orders(&known, tx, change, told)
        });
        let orders = Dispatcher::new(foundation.clone(), follow.ringing(Arc::clone(&bell)));
        Ok(PaymentModule { foundation, providers, bell, orders })
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.foundation.clock.now()
    }

    /// Waits for a payment that may be about to be opened: its order was placed a moment ago.
    pub(crate) async fn expect(&self, cx: &CallCtx, id: PaymentId) -> Result<(), Error> {
        let patience =
            tokio::time::Instant::now() + LONGEST_OPENING.min(cx.remaining().unwrap_or_default() / 2);
        let key = Key::from(id);
        loop {
            let known = self.foundation.store.peek(cx, move |db| payments::exists(db, key)).await?;
            let over = tokio::time::Instant::now() >= patience || self.now().since(id.created_at()) > YOUNG;
            if known || over {
                return Ok(());
            }
            tokio::time::sleep(OPENING).await;
        }
    }

    pub(crate) async fn find(&self, cx: &CallCtx, wanted: FindPayments) -> Result<Payments, Error> {
        let found = self.foundation.store.read(cx, move |db| payments::find(db, &wanted)).await?;
        Ok(Payments { payments: found.iter().map(payment::Payment::view).collect() })
    }

    pub(crate) async fn walk(&self, cx: &CallCtx, walk: WalkPayments) -> Result<Payments, Error> {
        let found = self.foundation.store.read(cx, move |db| payments::walk(db, walk)).await?;
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

    fn reverse<'a>(&'a self, cx: &'a CallCtx, request: Reverse) -> Reply<'a, Payment> {
        Box::pin(async move { Ok(PaymentModule::reverse(self, cx, request).await?) })
    }

    fn find<'a>(&'a self, cx: &'a CallCtx, request: FindPayments) -> Reply<'a, Payments> {
        Box::pin(async move { Ok(PaymentModule::find(self, cx, request).await?) })
    }

    fn walk<'a>(&'a self, cx: &'a CallCtx, request: WalkPayments) -> Reply<'a, Payments> {
        Box::pin(async move { Ok(PaymentModule::walk(self, cx, request).await?) })
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

    fn subscriptions(&self) -> Vec<Dispatcher> {
        vec![self.orders.clone()]
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
