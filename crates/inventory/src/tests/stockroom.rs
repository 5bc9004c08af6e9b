//! A stockroom to tell stories in, on both engines, with an order module that is a script.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use customer_api::AddressFields;
use diesel::RunQueryDsl;
use inventory_api::{
    AdjustStock, FindHolds, Held, HoldState, HoldView, InventoryApi, InventoryError, LineQuantity,
    ReleaseHolds, Reserve, Stock,
};
use kernel::{
    ApiError, BoxFut, CallCtx, Clock, Currency, Envelope, Event, Ids, ManualClock, Money, Sku, Timestamp,
};
use order_api::{Order, OrderEvent, OrderId, OrderStatus, Payment, PaymentMethod};
use platform::events::feed::{Feed, Heard, LocalFeed, Logged};
use platform::events::sequencer;
use platform::events::subscription::Dispatcher;
use platform::http::IfMatch;
use platform::store::{Database, Failure, Store, StoreError, Tx};
use platform::{Change, Foundation, Module, Violation, on};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::error::Error;
use crate::shelf::{MAIN, Settings};
use crate::transfer::{self, TransferStock};
use crate::{InventoryModule, check, configure, expire, show, store};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

pub(super) const START: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const TTL: Duration = Duration::from_secs(15 * 60);

/// The log of an order module that says what it is told to say.
#[derive(Default)]
struct Script {
    events: Mutex<Vec<Logged>>,
    complete_until: Mutex<Option<Timestamp>>,
}

impl Feed for Script {
    fn source(&self) -> &'static str {
        "order"
    }

    fn read<'a>(&'a self, _: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        let events = self.events.lock().unwrap().clone();
        let events = events.into_iter().filter(|logged| logged.seq > after);
        let events = events.take(usize::try_from(limit).unwrap()).collect();
        let complete_until = *self.complete_until.lock().unwrap();
        let heard = Heard { log_id: Default::default(), events, complete_until, generation: 0 };
        Box::pin(std::future::ready(Ok(heard)))
    }

    fn wait(&self, _: u64) -> BoxFut<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Inventory on a fresh database, with three lamps.
pub(super) struct Stockroom {
    pub(super) inventory: InventoryModule,
    orders: Arc<Script>,
    pub(super) clock: Arc<ManualClock>,
    ids: Ids,
}

pub(super) fn lamp() -> Sku {
    Sku::parse("LAMP").unwrap()
}

impl Stockroom {
    pub(super) async fn open(database: &Database) -> Stockroom {
        Store::migrate(&InventoryModule::OWNERSHIP, database).unwrap();
        let store = Store::open(InventoryModule::OWNERSHIP, database, Handle::current()).unwrap();
        let (clock, orders, ids) = (Arc::new(ManualClock::new(START)), Arc::<Script>::default(), Ids::new());
        let foundation = Foundation { store, clock: clock.clone(), ids: ids.clone() };
        let inventory = InventoryModule::new(foundation, orders.clone());
        Dispatcher::register(inventory.store(), &inventory.subscriptions()).await.unwrap();
        let room = Stockroom { inventory, orders, clock, ids };
        room.adjust(3).await.unwrap();
        room
    }

    pub(super) fn cx(&self, key: &str) -> CallCtx {
        CallCtx::system("test", Duration::from_secs(10)).with_key(key)
    }

    pub(super) fn order(&self) -> OrderId {
        self.ids.next(self.clock.now())
    }

    /// Two lamps.
    pub(super) async fn reserve(&self, order: OrderId) -> Held {
        self.try_reserve(order, 2).await.unwrap()
    }

    pub(super) async fn try_reserve(
        &self,
        order: OrderId,
        quantity: i64,
    ) -> Result<Held, ApiError<InventoryError>> {
        self.reserve_sku(order, &lamp(), quantity).await
    }

    pub(super) async fn reserve_sku(
        &self,
        order: OrderId,
        sku: &Sku,
        quantity: i64,
    ) -> Result<Held, ApiError<InventoryError>> {
        let lines = vec![LineQuantity { sku: sku.clone(), quantity }];
        self.inventory
            .reserve(&self.cx(&order.to_string()), Reserve { order_id: order, lines, ttl: TTL })
            .await
    }

    pub(super) async fn release(&self, orders: &[OrderId]) {
        let request = ReleaseHolds { orders: orders.to_vec(), reason: "order cancelled".to_owned() };
        self.inventory.release(&self.cx("release"), request).await.unwrap();
    }

    /// Lamps that come to `main`, or go from there.
    pub(super) async fn adjust(&self, delta: i64) -> Result<Stock, ApiError<InventoryError>> {
        self.adjust_at(delta, MAIN).await
    }

    pub(super) async fn adjust_at(
        &self,
        delta: i64,
        location: &str,
    ) -> Result<Stock, ApiError<InventoryError>> {
        let (reason, location) = ("counted".to_owned(), location.to_owned());
        let cx = CallCtx::system("test", Duration::from_secs(10));
        self.inventory.adjust(&cx, AdjustStock { sku: lamp(), delta, reason, location }).await
    }

    pub(super) async fn try_transfer(&self, quantity: i64, from: &str, to: &str) -> Result<Stock, Error> {
        let (from, to, reason) = (from.to_owned(), to.to_owned(), "moved".to_owned());
        let request = TransferStock { sku: lamp(), from, to, quantity, reason };
        self.write(move |tx, change| transfer::transfer(tx, change, &request)).await
    }

    pub(super) async fn configure(&self, settings: Settings) -> Stock {
        self.configure_sku(&lamp(), settings).await
    }

    pub(super) async fn configure_sku(&self, sku: &Sku, settings: Settings) -> Stock {
        let sku = sku.clone();
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            configure::configure(tx, change, &IfMatch::Any, &sku, settings)
        };
        self.write(work).await.unwrap()
    }

    /// Of lamps.
    pub(super) async fn stock(&self) -> Stock {
        self.write(|tx, _| show::find(tx, &lamp())).await.unwrap()
    }

    /// What a hold has, by location, and what it waits for.
    pub(super) async fn parts(&self, order: OrderId) -> (Vec<(String, i64)>, i64) {
        let read = move |tx: &mut Tx<'_>, _: &Change| {
            let (lines, waiting) = (
                store::holds::find_lines(tx, &[order.into()])?,
                store::backorders::find(tx, &[order.into()])?,
            );
            let lines = lines.into_iter().map(|line| (line.location, line.quantity)).collect();
            Ok::<_, StoreError>((lines, waiting.iter().map(|row| row.quantity).sum()))
        };
        self.write(read).await.unwrap()
    }

    /// The invariants hold.
    pub(super) async fn assert_sound(&self) {
        let violations = self.inventory.check(&self.cx("check")).await.unwrap();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    /// What the check finds once this was done to the tables, which is undone again.
    pub(super) async fn violations_after(&self, sql: &'static str) -> Vec<Violation> {
        let (found, spoilt) = (Arc::<Mutex<Vec<Violation>>>::default(), "spoilt".to_owned());
        let seen = Arc::clone(&found);
        let spoil = move |tx: &mut Tx<'_>, _: &Change| {
            on!(tx, |conn| diesel::sql_query(sql).execute(conn))?;
            *seen.lock().unwrap() = check::check(tx)?;
            Err::<(), _>(StoreError::Query(spoilt.clone()))
        };
        self.write(spoil).await.unwrap_err();
        std::mem::take(&mut found.lock().unwrap())
    }

    /// One transaction.
    pub(super) async fn write<R: Send + 'static, E: Failure>(
        &self,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        let cx = self.cx("write");
        let change = self.inventory.foundation.change(&cx);
        self.inventory.store().write(&cx, "test", move |tx| work(tx, &change)).await
    }

    /// All that inventory has told so far.
    pub(super) async fn told(&self) -> Vec<Envelope> {
        let store = self.inventory.store();
        while sequencer::run_once(store, &self.cx("sequence")).await.unwrap() > 0 {}
        let feed = LocalFeed::new(store.clone(), self.clock.clone());
        let heard = feed.read(&self.cx("read"), 0, 1_000).await.unwrap();
        heard.events.into_iter().map(|logged| Arc::unwrap_or_clone(logged.event)).collect()
    }

    /// What the order module has said and how far, all of it heard.
    pub(super) async fn hear(&self, complete_until: Timestamp) {
        *self.orders.complete_until.lock().unwrap() = Some(complete_until);
        for subscription in self.inventory.subscriptions() {
            subscription.catch_up().await.unwrap();
        }
    }

    pub(super) fn say(&self, event: &OrderEvent, order: OrderId) {
        let mut events = self.orders.events.lock().unwrap();
        let seq = i64::try_from(events.len()).unwrap() + 1;
        let event = Envelope {
            event_id: self.ids.next(self.clock.now()),
            event_type: event.event_type().to_owned(),
            schema_version: 1,
            occurred_at: self.clock.now(),
            aggregate_type: OrderEvent::AGGREGATE.to_owned(),
            aggregate_id: order.to_string(),
            aggregate_version: seq,
            correlation_id: "test".to_owned(),
            causation_id: None,
            traceparent: None,
            actor: "test".to_owned(),
            data: event.data().unwrap(),
        };
        events.push(Logged::new(seq, event));
    }

    pub(super) async fn sweep(&self) -> usize {
        self.write(expire::expire).await.unwrap()
    }

    pub(super) async fn hold(&self, order: OrderId) -> HoldView {
        let request = FindHolds { orders: vec![order] };
        self.inventory.find_holds(&self.cx("find"), request).await.unwrap().holds.remove(0)
    }

    pub(super) async fn state(&self, order: OrderId) -> HoldState {
        self.hold(order).await.state
    }
}

pub(super) fn placed(id: OrderId) -> Order {
    let free = Money::zero(Currency::EUR);
    let text = || "x".to_owned();
    Order {
        id,
        number: Some("1000001".to_owned()),
        status: OrderStatus::Placed,
        customer_id: kernel::Id::from_uuid(Default::default()),
        currency: Currency::EUR,
        lines: Vec::new(),
        subtotal: free,
        shipping: free,
        tax: free,
        total: free,
        review: None,
        shipping_address: AddressFields {
            name: text(),
            line1: text(),
            line2: None,
            city: text(),
            region: None,
            postal_code: text(),
            country: "DE".to_owned(),
            phone: None,
        },
        payment: Payment {
            id: None,
            method: PaymentMethod::Invoice,
            status: "pending".to_owned(),
            redirect_url: None,
            freshness: None,
        },
        shipments: Vec::new(),
        reason: None,
        placed_at: Some(START),
        cancelled_at: None,
        version: 2,
        created_at: START,
    }
}

pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Stockroom) -> F) {
    let dir = tempfile::tempdir().unwrap();
    story(Stockroom::open(&Database::Sqlite { dir: dir.path().to_owned() }).await).await;
    story(Stockroom::open(&postgres()).await).await;
}

/// A new database.
pub(super) fn postgres() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("inventory_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}
