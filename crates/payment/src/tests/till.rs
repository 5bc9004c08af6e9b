use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use gateway_simulator::{Chances, EntryKind, Fault, Hook, Operation, Settings, Simulator};
use kernel::{ApiError, CallCtx, Clock, Currency, Ids, ManualClock, Money, Token};
use order_api::OrderId;
use payment_api::{
    Authorisation, AuthorisationOutcome, Authorise, Capture, FindPayments, PayMethod, Payment, PaymentApi,
    PaymentError, PaymentId, Refund, Reverse,
};
use platform::events::feed::LocalFeed;
use platform::store::{Database, Store, StoreError};
use platform::{Foundation, Module, Violation, events};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::module::PaymentModule;
use crate::provider::Gateway;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

const SECRET: &str = "sk_test";
const WEBHOOK_SECRET: &str = "whsec_test";
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// Every way in which the answer to a request can be lost, and whether the gateway acted.
pub(super) const LOST: [(Fault, bool); 4] = [
    (Fault::DropBefore, false),
    (Fault::DropAfter, true),
    (Fault::FailBefore, false),
    (Fault::FailAfter, true),
];

fn empty_database() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("payment_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}

/// Runs the story on SQLite, and on PostgreSQL; at the end of each the invariants hold.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Till) -> F) {
    let dir = tempfile::tempdir().unwrap();
    for database in [Database::Sqlite { dir: dir.path().to_owned() }, empty_database()] {
        let till = Till::open(&database);
        story(till.clone()).await;
        assert_eq!(till.check().await, [], "{database:?}");
    }
}

/// The payment module on a fresh database, with a gateway of its own.
#[derive(Clone)]
pub(super) struct Till {
    pub module: PaymentModule,
    pub gateway: Arc<Simulator>,
    pub clock: Arc<ManualClock>,
    pub cx: CallCtx,
}

type Answer<T> = Result<T, ApiError<PaymentError>>;

impl Till {
    fn open(database: &Database) -> Till {
        Store::migrate(&PaymentModule::OWNERSHIP, database).unwrap();
        let store = Store::open(PaymentModule::OWNERSHIP, database, Handle::current()).unwrap();
        let clock = Arc::new(ManualClock::new("2026-01-15T12:00:00Z".parse().unwrap()));
        let gateway = Simulator::start(Settings {
            listen: ([127, 0, 0, 1], 0).into(),
            secret: SECRET.to_owned(),
            hook: Hook { url: None, secret: WEBHOOK_SECRET.to_owned() },
            chances: Chances::default(),
            clock: Arc::<ManualClock>::clone(&clock),
        })
        .unwrap();
        let foundation = Foundation { store, clock: Arc::<ManualClock>::clone(&clock), ids: Ids::new() };
        let way = Gateway::new(gateway.url(), SECRET.to_owned(), WEBHOOK_SECRET.to_owned());
        Till {
            module: Till::module(foundation, Some(&way)),
            gateway: Arc::new(gateway),
            clock,
            cx: CallCtx::system("test", Duration::from_secs(60)),
        }
    }

    /// What it hears, it is told by the test.
    pub(super) fn module(foundation: Foundation, gateway: Option<&Gateway>) -> PaymentModule {
        let nobody = LocalFeed::new(foundation.store.clone(), Arc::clone(&foundation.clock));
        PaymentModule::new(foundation, gateway, Arc::new(nobody)).unwrap()
    }

    /// The same tables and gateway, with an adapter that gives up early.
    pub(super) fn impatient(&self, answers_within: Duration) -> Till {
        let way = Gateway::new(self.gateway.url(), SECRET.to_owned(), WEBHOOK_SECRET.to_owned());
        let way = Gateway { answers_within, ..way };
        let module = Till::module(self.module.foundation.clone(), Some(&way));
        Till { module, ..self.clone() }
    }

    pub(super) fn order(&self) -> OrderId {
        self.module.foundation.ids.next(self.clock.now())
    }

    /// As the order module asks.
    pub(super) async fn pay(&self, order_id: OrderId, token: &str) -> AuthorisationOutcome {
        self.authorise(order_id, token).await.unwrap().outcome
    }

    pub(super) async fn authorise(&self, order_id: OrderId, token: &str) -> Answer<Authorisation> {
        let token = Token(token.to_owned());
        let request = Authorise { order_id, amount: eur(100), token, return_url: None };
        PaymentApi::authorise(&self.module, &self.cx, request).await
    }

    /// A card payment of 100 that is authorised.
    pub(super) async fn authorised(&self) -> Payment {
        let order = self.order();
        assert_eq!(self.pay(order, "tok_visa").await, AuthorisationOutcome::Authorised);
        self.of(order).await
    }

    /// A card payment of 100 that is captured.
    pub(super) async fn captured(&self) -> Payment {
        let payment = self.authorised().await;
        self.capture(payment.id, None, "capture-all").await.unwrap()
    }

    pub(super) async fn capture(
        &self,
        payment_id: PaymentId,
        minor: Option<i64>,
        key: &str,
    ) -> Answer<Payment> {
        let request = Capture { payment_id, amount: minor.map(eur) };
        PaymentApi::capture(&self.module, &self.cx.with_key(format!("{key}:{payment_id}")), request).await
    }

    pub(super) async fn refund(
        &self,
        payment_id: PaymentId,
        minor: Option<i64>,
        key: &str,
    ) -> Answer<Payment> {
        let request = Refund { payment_id, amount: minor.map(eur) };
        PaymentApi::refund(&self.module, &self.cx.with_key(format!("{key}:{payment_id}")), request).await
    }

    pub(super) async fn reverse(&self, order_id: OrderId) -> Answer<Payment> {
        let request = Reverse { order_id, method: PayMethod::Card, amount: eur(100) };
        PaymentApi::reverse(&self.module, &self.cx, request).await
    }

    pub(super) async fn of(&self, order: OrderId) -> Payment {
        let wanted = FindPayments { ids: vec![], orders: vec![order] };
        let found = PaymentApi::find(&self.module, &self.cx, wanted).await.unwrap().payments;
        let [payment] = found.as_slice() else { panic!("{found:?}") };
        payment.clone()
    }

    pub(super) fn spoil(&self, operation: Operation, fault: &Fault) {
        self.gateway.behave(operation, fault.clone(), 1);
    }

    /// What happened to money at the gateway, in order.
    pub(super) fn ledger(&self) -> Vec<(EntryKind, i64)> {
        self.gateway.ledger().into_iter().map(|entry| (entry.kind, entry.amount)).collect()
    }

    /// The recovery worker looks once, at everything that is open.
    pub(super) async fn look_at_everything(&self) -> usize {
        self.module.recover(self.clock.now().saturating_add(HOUR)).await
    }

    /// The customer comes back from the bank.
    pub(super) async fn authenticate(&self, url: &str, outcome: &str) {
        reqwest::get(format!("{url}?outcome={outcome}")).await.unwrap();
    }

    /// Delivers an event of the gateway.
    pub(super) async fn hear(&self, body: &str) -> Result<(), &'static str> {
        let signature = self.gateway.sign(body);
        let heard = self.module.hear(&self.cx, "http", Some(&signature), body.as_bytes()).await;
        heard.map_err(|problem| problem.code())
    }

    pub(super) async fn events(&self, payment: PaymentId, event_type: &'static str) -> i64 {
        let id = payment.to_string();
        let store = &self.module.foundation.store;
        let counts = store.read(&self.cx, move |db| events::count(db, event_type, &[id])).await;
        counts.unwrap_or_else(|error: StoreError| panic!("{error}")).into_values().sum()
    }

    /// Looks again and again until it is so.
    pub(super) async fn until(&self, so: impl AsyncFn() -> bool) {
        let looking = async {
            while !so().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), looking).await.expect("it never came to that");
    }

    pub(super) async fn check(&self) -> Vec<Violation> {
        Module::check(&self.module, &self.cx).await.unwrap()
    }
}

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(super) fn refusal<T: std::fmt::Debug>(answer: Answer<T>) -> PaymentError {
    match answer {
        Err(ApiError::Domain(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}
