//! An office that writes mails, with a mail server, and with other modules that are scripts.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use customer_api::{Customer, CustomerId};
use identity_api::{Letter, LetterEvent, LetterId, Purpose};
use inventory_api::InventoryEvent;
use kernel::{
    CallCtx, Clock, Currency, Event, Ids, Limit, ManualClock, Money, PageRequest, Sku, Timestamp, Token,
};
use notification_api::{Message, MessageStatus};
use order_api::{Order, OrderEvent, OrderLine, OrderStatus, Shipment, ShippedLine};
use payment_api::{PayMethod, PaymentEvent, PaymentFacts, PaymentStatus, payment_of};
use platform::effects::{self, EffectState, StoredEffect};
use platform::events::subscription::Dispatcher;
use platform::http::IfMatch;
use platform::store::{Database, Db, Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Foundation, Module, Violation};
use testkit_mail::{Mail, MailServer};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use super::others::{Owners, Script, two_lamps};
use crate::preferences::{self, Choices, Preferences};
use crate::store::messages::{self, Filter};
use crate::{NotificationModule, Others, Server, Settings, Way};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

pub(super) const START: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// For tests that turn the clock, which wakes nobody.
const OFTEN: Duration = Duration::from_millis(5);

pub(super) fn empty_database() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("notification_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}

/// Runs the story on SQLite, and on PostgreSQL; at the end of each the invariants hold.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Office) -> F) {
    let dir = tempfile::tempdir().unwrap();
    for database in [Database::Sqlite { dir: dir.path().to_owned() }, empty_database()] {
        let office = Office::open(&database).await;
        story(office.clone()).await;
        assert_eq!(office.check().await, [], "{database:?}");
        office.workers.stop().await;
    }
}

/// The notification module on a fresh database.
#[derive(Clone)]
pub(super) struct Office {
    pub module: NotificationModule,
    pub owners: Arc<Owners>,
    pub server: Arc<Mutex<Option<MailServer>>>,
    address: SocketAddr,
    orders: Arc<Script>,
    payments: Arc<Script>,
    stock: Arc<Script>,
    letters: Arc<Script>,
    pub clock: Arc<ManualClock>,
    pub workers: Workers,
}

/// To a server of the test's own, with everything else as a shop would have it.
pub(super) fn settings(url: &str, ca: Option<&str>) -> Settings {
    let server = Server::parse(url, ca.map(|pem| pem.as_bytes().to_vec())).unwrap();
    of_way(Way::Smtp(server))
}

pub(super) fn of_way(way: Way) -> Settings {
    let (from, shop) = ("Lamps & Co <orders@lamps.example>", Some("keeper@lamps.example"));
    Settings::try_new(way, from, shop, "en", 24 * HOUR).unwrap()
}

impl Office {
    pub(super) async fn open(database: &Database) -> Office {
        let server = MailServer::start().await;
        let settings = settings(&format!("smtp://{}", server.address()), None);
        let office = Office::closed(database, &Handle::current(), server, settings).await;
        office.begin_to_send();
        office
    }

    /// Nobody sends anything yet. Blocking work runs on `runtime`.
    pub(super) async fn closed(
        database: &Database,
        runtime: &Handle,
        server: MailServer,
        settings: Settings,
    ) -> Office {
        Store::migrate(&NotificationModule::OWNERSHIP, database).unwrap();
        let store = Store::open(NotificationModule::OWNERSHIP, database, runtime.clone()).unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let foundation = Foundation { store, clock: clock.clone(), ids: Ids::new() };
        let owners = Arc::<Owners>::default();
        let [orders, payments, stock, letters] = <[Arc<Script>; 4]>::default();
        let others = Others {
            customers: owners.clone(),
            orders: owners.clone(),
            identity: owners.clone(),
            order_events: orders.clone(),
            payment_events: payments.clone(),
            stock_events: stock.clone(),
            letter_events: letters.clone(),
        };
        let module = NotificationModule::new(foundation, settings, others);
        Dispatcher::register(module.store(), &module.subscriptions()).await.unwrap();
        let workers = Workers::new(runtime.clone());
        let (address, server) = (server.address(), Arc::new(Mutex::new(Some(server))));
        Office { module, owners, server, address, orders, payments, stock, letters, clock, workers }
    }

    /// The same office with other settings, or after a crash.
    pub(super) async fn again(&self, database: &Database, settings: Settings) -> Office {
        let store = Store::open(NotificationModule::OWNERSHIP, database, Handle::current()).unwrap();
        let foundation = Foundation { store, ..self.module.foundation.clone() };
        let module = NotificationModule::new(foundation, settings, self.module.others.clone());
        Office { module, workers: Workers::new(Handle::current()), ..self.clone() }
    }

    pub(super) fn begin_to_send(&self) {
        self.module.effects().unwrap().look_every(OFTEN).start(&self.workers);
    }

    pub(super) fn cx(&self) -> CallCtx {
        CallCtx::system("test", Duration::from_secs(30))
    }

    /// The mail server goes away.
    pub(super) fn leave(&self) {
        *self.server.lock().unwrap() = None;
    }

    /// It is there again, with nothing in it.
    pub(super) async fn come_back(&self) {
        let server = MailServer::start_at(self.address).await;
        *self.server.lock().unwrap() = Some(server);
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.server.lock().unwrap().as_ref().unwrap().mails()
    }

    pub(super) fn refuse(&self, code: u16, times: u32) {
        self.server.lock().unwrap().as_ref().unwrap().refuse(code, times);
    }

    pub(super) fn customer(&self, name: &str) -> CustomerId {
        let now = self.clock.now();
        let customer = Customer {
            id: self.module.foundation.ids.next(now),
            email: format!("{}@example.com", plain(name)),
            name: name.to_owned(),
            phone: None,
            group: None,
            default_shipping_address_id: None,
            default_billing_address_id: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let id = customer.id;
        self.owners.customers.lock().unwrap().insert(id, customer);
        id
    }

    /// An order that was placed now; nobody has heard of it yet.
    pub(super) fn order(&self, customer_id: CustomerId) -> Order {
        let now = self.clock.now();
        let order = two_lamps(self.module.foundation.ids.next(now), customer_id, now);
        self.owners.orders.lock().unwrap().insert(order.id, order.clone());
        order
    }

    /// An order of a customer is placed, and heard of.
    pub(super) async fn placed(&self, name: &str) -> Order {
        let order = self.order(self.customer(name));
        self.hear(&OrderEvent::Created { order: order.clone() }).await;
        order
    }

    pub(super) async fn cancelled(&self, order: &Order) {
        let order = Order { status: OrderStatus::Cancelled, version: 3, ..order.clone() };
        self.owners.orders.lock().unwrap().insert(order.id, order.clone());
        self.hear(&OrderEvent::Cancelled { order }).await;
    }

    /// All of it leaves.
    pub(super) async fn shipped(&self, order: &Order) -> Order {
        let line = |line: &OrderLine| ShippedLine { sku: line.sku.clone(), quantity: line.quantity };
        let shipment = Shipment {
            id: self.module.foundation.ids.next(self.clock.now()),
            lines: order.lines.iter().map(line).collect(),
            carrier: Some("Parcel & Co".to_owned()),
            tracking: Some("PC1".to_owned()),
            shipped_at: self.clock.now(),
        };
        let shipments = vec![shipment.clone()];
        let order = Order { status: OrderStatus::Shipped, version: 3, shipments, ..order.clone() };
        self.owners.orders.lock().unwrap().insert(order.id, order.clone());
        self.hear(&OrderEvent::Shipped { order: order.clone(), shipment }).await;
        order
    }

    pub(super) async fn refunded(&self, order: &Order, minor: i64) {
        let eur = |minor| Money::new(minor, Currency::EUR);
        let facts = PaymentFacts {
            payment_id: payment_of(order.id),
            order_id: order.id,
            method: PayMethod::Invoice,
            status: PaymentStatus::PartiallyRefunded,
            amount: eur(minor),
            authorised: order.total,
            captured: order.total,
            refunded: eur(minor),
            reason: None,
        };
        self.say(&self.payments, &PaymentEvent::Refunded(facts));
        self.catch_up().await;
    }

    pub(super) async fn runs_low(&self, sku: &str) {
        let sku = Sku::parse(sku).unwrap();
        self.say(&self.stock, &InventoryEvent::Low { sku, available: 2, threshold: 3 });
        self.catch_up().await;
    }

    /// Somebody is to get a letter about an account. It is good for half an hour.
    pub(super) async fn requested(&self, purpose: Purpose) -> LetterId {
        let now = self.clock.now();
        let letter = Letter {
            purpose,
            email: "alice@example.com".to_owned(),
            name: Some("Alice".to_owned()),
            token: (purpose != Purpose::AlreadyRegistered)
                .then(|| Token("made when it is written".to_owned())),
            expires_at: Timestamp::from_micros(now.micros() + 30 * 60 * 1_000_000),
        };
        let id = self.module.foundation.ids.next(now);
        self.owners.letters.lock().unwrap().insert(id, letter);
        self.wants(id, purpose).await;
        id
    }

    /// The identity module tells it.
    pub(super) async fn wants(&self, letter_id: LetterId, purpose: Purpose) {
        self.say(&self.letters, &LetterEvent::Requested { letter_id, purpose });
        self.catch_up().await;
    }

    /// The order module tells it.
    pub(super) async fn hear(&self, event: &OrderEvent) {
        self.tell(event);
        self.catch_up().await;
    }

    /// It is in the order module's log.
    pub(super) fn tell(&self, event: &OrderEvent) {
        self.say(&self.orders, event);
    }

    fn say<E: Event>(&self, log: &Script, event: &E) {
        log.say(event, &self.module.foundation.ids, self.clock.now());
    }

    pub(super) async fn catch_up(&self) {
        for subscription in self.module.subscriptions() {
            subscription.catch_up().await.unwrap();
        }
    }

    /// Every subscription hears its log from the start again.
    pub(super) async fn replay(&self) {
        for subscription in self.module.subscriptions() {
            let of = subscription.subscription().clone();
            let again = move |tx: &mut Tx<'_>| of.replay(tx, 0, false).map(drop);
            self.module.store().write(&self.cx(), "replay", again).await.unwrap();
        }
        self.catch_up().await;
    }

    /// All messages, the first decided first.
    pub(super) async fn messages(&self) -> Vec<Message> {
        let page = PageRequest { limit: Limit::try_new(100).unwrap(), after: None };
        let list = move |db: &mut Db<'_>| messages::list(db, Filter::default(), &page);
        let mut found: Vec<Message> =
            self.module.store().read::<_, StoreError, _>(&self.cx(), list).await.unwrap();
        found.reverse();
        found
    }

    /// The messages, once they stand so.
    pub(super) async fn stand(&self, statuses: &[MessageStatus]) -> Vec<Message> {
        self.until(async || {
            self.messages().await.iter().map(|message| message.status).eq(statuses.iter().copied())
        })
        .await;
        self.messages().await
    }

    /// The messages, once the last one has been tried so often.
    pub(super) async fn tried(&self, attempts: i32) -> Vec<Message> {
        self.until(async || self.messages().await.last().is_some_and(|last| last.attempts == attempts)).await;
        self.messages().await
    }

    /// Until nothing is under way: what is not sent yet is for later.
    pub(super) async fn quiet(&self) {
        self.until(async || {
            let now = self.clock.now();
            self.messages().await.iter().all(|message| message.next_attempt_at.is_none_or(|at| at > now))
        })
        .await;
    }

    pub(super) async fn until(&self, so: impl AsyncFn() -> bool) {
        let looking = async {
            while !so().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), looking).await.is_err() {
            panic!("it never came to that: {:#?}", self.messages().await);
        }
    }

    pub(super) async fn effects(&self, state: EffectState) -> Vec<StoredEffect> {
        let list = move |db: &mut Db<'_>| effects::list(db, state, None, 100);
        self.module.store().read::<_, StoreError, _>(&self.cx(), list).await.unwrap()
    }

    pub(super) async fn prefers(&self, customer: CustomerId, choices: Choices) -> Preferences {
        let change = self.module.foundation.change(&self.cx());
        let work =
            move |tx: &mut Tx<'_>| preferences::replace(tx, &change, customer, &IfMatch::Any, &choices);
        self.module.store().write(&self.cx(), "prefer", work).await.unwrap()
    }

    pub(super) async fn check(&self) -> Vec<Violation> {
        Module::check(&self.module, &self.cx()).await.unwrap()
    }
}

fn plain(name: &str) -> String {
    name.to_lowercase().chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '@').collect()
}
