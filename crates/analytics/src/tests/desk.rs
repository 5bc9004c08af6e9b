//! The analytics module on a fresh database, with logs that are scripts.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use analytics_api::{By, Days, FindSales, SalesReport};
use catalog_api::catalog_rpc;
use customer_api::customer_rpc;
use diesel::RunQueryDsl;
use diesel::sql_types::Text;
use kernel::{CallCtx, Ids, ManualClock, Timestamp};
use order_api::order_rpc;
use payment_api::payment_rpc;
use platform::events::feed::Logged;
use platform::events::subscription::{Dispatcher, Fault};
use platform::store::{Database, Db, Store, StoreError, Tx};
use platform::{Foundation, Module, on};
use testkit_doubles::{Answers, Script};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use super::world::{LOGS, START};
use crate::store::generation::{self, Generation};
use crate::{AnalyticsModule, Others};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

#[derive(Clone)]
pub(super) struct Desk {
    pub(super) module: AnalyticsModule,
    /// In the order of [`LOGS`], which is that of the module's sources.
    pub(super) scripts: [Arc<Script>; 4],
    /// What the owners of products and customers answer; they are away otherwise, as all others are.
    pub(super) owners: Answers,
    pub(super) database: Database,
    clock: Arc<ManualClock>,
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// What a rebuild makes again; the ids and versions of sheets are others each time.
const TABLES: [(&str, &str); 7] = [
    (
        "sales",
        "order_id placed_at currency country payment_method customer_id customer_group status gross version",
    ),
    ("sale_lines", "order_id sku units gross category"),
    ("sale_refunds", "order_id amount version"),
    ("sheets JOIN sums ON sheet = id", "dimension span start key currency orders units gross refunds"),
    ("skus", "sku product_id title"),
    ("product_versions", "product_id version since title category"),
    ("customer_groups", "customer_id version since customer_group"),
];

impl Desk {
    pub(super) async fn open(database: &Database) -> Desk {
        Store::migrate(&AnalyticsModule::OWNERSHIP, database).unwrap();
        let store = Store::open(AnalyticsModule::OWNERSHIP, database, Handle::current()).unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let foundation = Foundation { store, clock: clock.clone(), ids: Ids::new() };
        let scripts = LOGS.map(Script::new);
        let [catalog, customers, payments, orders] = scripts.clone();
        let owners = Answers::default();
        let others = Others {
            catalog: Arc::new(catalog_rpc::Remote(owners.clone())),
            customers: Arc::new(customer_rpc::Remote(owners.clone())),
            orders: Arc::new(order_rpc::Remote(Answers::default())),
            payments: Arc::new(payment_rpc::Remote(Answers::default())),
            order_events: orders,
            payment_events: payments,
            catalog_events: catalog,
            customer_events: customers,
        };
        let module = AnalyticsModule::new(foundation, others);
        Dispatcher::register(module.store(), &module.subscriptions()).await.unwrap();
        Desk { module, scripts, owners, database: database.clone(), clock }
    }

    pub(super) fn cx(&self) -> CallCtx {
        CallCtx::system("test", Duration::from_secs(60))
    }

    /// Adds to the logs.
    pub(super) fn say(&self, logs: &[Vec<Logged>; 4]) {
        for (script, events) in self.scripts.iter().zip(logs) {
            let mut all = script.events.lock().unwrap();
            let next = all.len();
            all.extend(events.iter().enumerate().map(|(place, logged)| {
                Logged::new(i64::try_from(next + place).unwrap() + 1, Arc::clone(&logged.event))
            }));
        }
    }

    /// Hears all that was said.
    pub(super) async fn hear(&self) {
        for subscription in self.module.subscriptions() {
            subscription.catch_up().await.unwrap();
            assert_eq!(subscription.standing().await.unwrap().last_error, None);
        }
    }

    /// Hears all that was said, and gives up on the event of a log that cannot be applied.
    pub(super) async fn bury(&self, log: usize, seq: i64) {
        let subscription = &self.module.sources[log].dispatcher;
        while subscription.standing().await.unwrap().seq < seq {
            self.clock.advance(Duration::from_secs(600));
            for subscription in self.module.subscriptions() {
                subscription.catch_up().await.unwrap();
            }
        }
        assert_eq!(subscription.standing().await.unwrap().dead, 1);
    }

    pub(super) async fn discard(&self, log: usize, seq: i64) {
        let dispatcher = self.module.sources[log].dispatcher.clone();
        let change = self.module.foundation.change(&self.cx());
        let discard = move |tx: &mut Tx<'_>| dispatcher.subscription().discard(tx, &change, seq, "nonsense");
        self.write(discard).await.unwrap();
    }

    /// Applies events of a log to a generation, whatever was heard of it before.
    pub(super) async fn apply(&self, of: Generation, log: usize, events: Vec<Logged>) -> Result<(), Fault> {
        let apply = Arc::clone(&self.module.sources[log].apply);
        self.write(move |tx| apply(tx, of, &events)).await
    }

    pub(super) async fn write<R: Send + 'static, E: platform::store::Failure>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    ) -> Result<R, E> {
        self.module.store().write(&self.cx(), "test", work).await
    }

    pub(super) async fn serving(&self) -> Generation {
        let read: Result<_, StoreError> = self.module.store().read(&self.cx(), generation::serving).await;
        read.unwrap()
    }

    /// Every row of a generation.
    pub(super) async fn rows(&self, of: Generation) -> Vec<String> {
        let read = move |db: &mut Db<'_>| {
            let mut rows = Vec::new();
            for (table, columns) in TABLES {
                let columns: Vec<&str> = columns.split(' ').collect();
                let line = match db {
                    Db::Postgres(_) => format!("ROW({})::text", columns.join(", ")),
                    Db::Sqlite(_) => {
                        columns.iter().map(|of| format!("quote({of})")).collect::<Vec<_>>().join("||','||")
                    }
                };
                let sql =
                    format!("SELECT {line} AS line FROM {table} WHERE generation = {} ORDER BY 1", of.0);
                let lines: Vec<Line> = on!(db, |conn| diesel::sql_query(sql).load(conn))?;
                rows.extend(lines.into_iter().map(|line| format!("{table}: {}", line.line)));
            }
            Ok::<_, StoreError>(rows)
        };
        self.module.store().read(&self.cx(), read).await.unwrap()
    }

    /// How many generations have rows.
    pub(super) async fn generations(&self) -> usize {
        let mut found = 0;
        for of in 1..20 {
            found += usize::from(!self.rows(Generation(of)).await.is_empty());
        }
        found
    }

    pub(super) async fn report(&self, by: By) -> SalesReport {
        let days = Days { from: "2025-12-01".parse().unwrap(), to: "2027-01-31".parse().unwrap() };
        self.module.find_sales(&self.cx(), FindSales { days, by }).await.unwrap()
    }
}

pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Desk) -> F) {
    let dir = tempfile::tempdir().unwrap();
    story(Desk::open(&Database::Sqlite { dir: dir.path().to_owned() }).await).await;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("analytics_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    story(Desk::open(&Database::Postgres { url: CLUSTER.url(&name), pool: 8 }).await).await;
}

/// Some hours on.
pub(super) fn later(at: Timestamp, hours: u64) -> Timestamp {
    at.saturating_add(Duration::from_secs(hours * 3600))
}
