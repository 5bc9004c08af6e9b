use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use catalog_api::catalog_rpc;
use customer_api::customer_rpc;
use inventory_api::inventory_rpc;
use kernel::{CallCtx, Ids, SystemClock};
use payment_api::payment_rpc;
use platform::events::subscription::Dispatcher;
use platform::store::{Database, Db, Store, StoreError};
use platform::{Foundation, Module};
use testkit_doubles::{Answers, Script};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::module::{OrderModule, Others, Settings};

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

/// The order module on a fresh database, among others that a test scripts.
pub(super) struct Office {
    pub module: OrderModule,
    pub cx: CallCtx,
    /// Logs of the others.
    pub catalog: Arc<Script>,
    pub customers: Arc<Script>,
    pub payments: Arc<Script>,
    /// What each of the others answers.
    pub of_catalog: Answers,
    pub of_customers: Answers,
    pub of_payments: Answers,
}

/// Runs the story on SQLite, and on PostgreSQL.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Office) -> F) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dir = tempfile::tempdir().unwrap();
    story(Office::open(&Database::Sqlite { dir: dir.path().to_owned() })).await;
    let name = format!("order_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    story(Office::open(&Database::Postgres { url: CLUSTER.url(&name), pool: 8 })).await;
}

impl Office {
    fn open(database: &Database) -> Office {
        Store::migrate(&OrderModule::OWNERSHIP, database).unwrap();
        let store = Store::open(OrderModule::OWNERSHIP, database, Handle::current()).unwrap();
        let foundation = Foundation { store, clock: Arc::new(SystemClock), ids: Ids::new() };
        let [catalog, customers, payments] = ["catalog", "customer", "payment"].map(Script::new);
        let [of_catalog, of_customers, of_payments] = [(); 3].map(|()| Answers::default());
        let others = Others {
            catalog: Arc::new(catalog_rpc::Remote(of_catalog.clone())),
            customers: Arc::new(customer_rpc::Remote(of_customers.clone())),
            inventory: Arc::new(inventory_rpc::Remote(Answers::default())),
            payments: Arc::new(payment_rpc::Remote(of_payments.clone())),
            catalog_events: catalog.clone(),
            customer_events: customers.clone(),
            payment_events: payments.clone(),
        };
        Office {
            module: OrderModule::new(foundation, Settings::default(), others),
            cx: CallCtx::system("test", Duration::from_secs(30)),
            catalog,
            customers,
            payments,
            of_catalog,
            of_customers,
            of_payments,
        }
    }

    /// Hears all that the others have told.
    pub(super) async fn hear(&self) {
        let subscriptions = self.module.subscriptions();
        Dispatcher::register(self.module.store(), &subscriptions).await.unwrap();
        for subscription in subscriptions {
            subscription.catch_up().await.unwrap();
            assert_eq!(subscription.standing().await.unwrap().last_error, None);
        }
    }

    pub(super) async fn read<R: Send + 'static>(
        &self,
        query: impl FnOnce(&mut Db<'_>) -> Result<R, StoreError> + Send + 'static,
    ) -> R {
        self.module.store().read(&self.cx, query).await.unwrap()
    }

    /// What a kind of copies has drifted by; it is made anew if that is asked for.
    pub(super) async fn drift(&self, kind: &str, repair: bool) -> Vec<String> {
        let copies = self.module.copies().into_iter().find(|copies| copies.name() == kind).unwrap();
        let found = copies.compare(&self.cx, repair).await.unwrap();
        found.into_iter().map(|one| one.detail).collect()
    }
}
