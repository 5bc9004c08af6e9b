//! Holds and what ends them, on both engines, with an order module that is a script.

mod locks;

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use customer_api::AddressFields;
use inventory_api::{AdjustStock, FindHolds, Held, HoldState, InventoryApi, LineQuantity, Reserve};
use kernel::{BoxFut, CallCtx, Clock, Currency, Envelope, Event, Ids, ManualClock, Money, Sku, Timestamp};
use order_api::{Order, OrderEvent, OrderId, OrderStatus, Payment, PaymentMethod};
use platform::events::feed::{Feed, Heard, Logged};
use platform::events::subscription::Dispatcher;
use platform::store::{Database, Store, StoreError};
use platform::{Foundation, Module};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::{InventoryModule, expire};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

const START: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const TTL: Duration = Duration::from_secs(15 * 60);

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
struct Stockroom {
    inventory: InventoryModule,
    orders: Arc<Script>,
    clock: Arc<ManualClock>,
    ids: Ids,
}

fn lamp() -> Sku {
    Sku::parse("LAMP").unwrap()
}

impl Stockroom {
    async fn open(database: &Database) -> Stockroom {
        Store::migrate(&InventoryModule::OWNERSHIP, database).unwrap();
        let store = Store::open(InventoryModule::OWNERSHIP, database, Handle::current()).unwrap();
        let (clock, orders, ids) = (Arc::new(ManualClock::new(START)), Arc::<Script>::default(), Ids::new());
        let foundation = Foundation { store, clock: clock.clone(), ids: ids.clone() };
        let inventory = InventoryModule::new(foundation, orders.clone());
        Dispatcher::register(inventory.store(), &inventory.subscriptions()).await.unwrap();
        let room = Stockroom { inventory, orders, clock, ids };
        let (reason, location) = ("received".to_owned(), "main".to_owned());
        let received = AdjustStock { sku: lamp(), delta: 3, reason, location };
        room.inventory.adjust(&room.cx("receive"), received).await.unwrap();
        room
    }

    fn cx(&self, key: &str) -> CallCtx {
        CallCtx::system("test", Duration::from_secs(10)).with_key(key)
    }

    fn order(&self) -> OrderId {
        self.ids.next(self.clock.now())
    }

    async fn reserve(&self, order: OrderId) -> Held {
        let lines = vec![LineQuantity { sku: lamp(), quantity: 2 }];
        let request = Reserve { order_id: order, lines, ttl: TTL };
        self.inventory.reserve(&self.cx(&order.to_string()), request).await.unwrap()
    }

    /// What the order module has said and how far, all of it heard.
    async fn hear(&self, complete_until: Timestamp) {
        *self.orders.complete_until.lock().unwrap() = Some(complete_until);
        for subscription in self.inventory.subscriptions() {
            subscription.catch_up().await.unwrap();
        }
    }

    fn say(&self, event: &OrderEvent, order: OrderId) {
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
        events.push(Logged { seq, event });
    }

    async fn sweep(&self) -> usize {
        let now = self.clock.now();
        let cx = self.cx("sweep");
        self.inventory.store().write(&cx, "test", move |tx| expire::expire(tx, now)).await.unwrap()
    }

    async fn state(&self, order: OrderId) -> HoldState {
        let request = FindHolds { orders: vec![order] };
        self.inventory.find_holds(&self.cx("find"), request).await.unwrap().holds[0].state
    }
}

fn placed(id: OrderId) -> Order {
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
        reason: None,
        placed_at: Some(START),
        cancelled_at: None,
        version: 2,
        created_at: START,
    }
}

async fn on_both<F: Future<Output = ()>>(story: impl Fn(Stockroom) -> F) {
    let dir = tempfile::tempdir().unwrap();
    story(Stockroom::open(&Database::Sqlite { dir: dir.path().to_owned() }).await).await;
    story(Stockroom::open(&postgres()).await).await;
}

fn postgres() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("inventory_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_nobody_wants_is_let_go() {
    on_both(|room| async move {
        let order = room.order();
        assert_eq!(room.reserve(order).await.expires_at, START.saturating_add(TTL));
        room.clock.advance(TTL + MINUTE + MINUTE);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (1, HoldState::Released));
        assert_eq!(room.sweep().await, 0);
        // The stock is there for the next one.
        assert_eq!(room.state(order).await, HoldState::Released);
        room.reserve(room.order()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_expires_while_the_order_module_may_have_placed_it() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        // An hour later, and nothing was heard since.
        room.hear(START).await;
        room.clock.advance(60 * MINUTE);
        assert_eq!(room.sweep().await, 0);
        // Heard until just after the end of the hold: an order that was being placed then may still come.
        room.hear(START.saturating_add(TTL + MINUTE / 2)).await;
        assert_eq!(room.sweep().await, 0);
        // It does come, late.
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Confirmed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_became_an_order_never_expires() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.clock.advance(60 * MINUTE);
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Confirmed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_ran_out_is_extended_by_asking_again() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.clock.advance(TTL + MINUTE + MINUTE);
        let extended = room.reserve(order).await;
        assert_eq!(extended.expires_at, room.clock.now().saturating_add(TTL));
        room.hear(room.clock.now()).await;
        assert_eq!((room.sweep().await, room.state(order).await), (0, HoldState::Held));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_order_gives_its_stock_back_and_a_late_placing_changes_nothing() {
    on_both(|room| async move {
        let order = room.order();
        room.reserve(order).await;
        room.say(&OrderEvent::Created { order: placed(order) }, order);
        room.say(&OrderEvent::Cancelled { order: placed(order) }, order);
        room.hear(room.clock.now()).await;
        assert_eq!(room.state(order).await, HoldState::Released);
        for subscription in room.inventory.subscriptions() {
            let (cx, replayed) = (room.cx("replay"), subscription.clone());
            let replay = move |tx: &mut platform::store::Tx<'_>| replayed.subscription().replay(tx, 0, false);
            subscription.foundation().store.write(&cx, "test", replay).await.unwrap();
        }
        room.hear(room.clock.now()).await;
        assert_eq!(room.state(order).await, HoldState::Released);
    })
    .await;
}
