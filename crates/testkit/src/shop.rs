use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kernel::ManualClock;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use crate::{ADMIN_TOKEN, Client, Database, Engine, Faults, statements};

/// When every test begins.
pub(crate) const START: &str = "2026-01-15T12:00:00Z";
const TICK: Duration = Duration::from_millis(20);

/// What the operator of a shop under test decided.
#[derive(Clone, Default)]
pub(crate) struct Terms {
    pub payment: app::PaymentConfig,
    pub notification: app::NotificationConfig,
    pub orders: app::OrdersConfig,
}

/// A running shop with a database of its own and a clock that only the test turns. Clones are the same shop.
#[derive(Clone)]
pub struct TestShop {
    client: Client,
    engine: Engine,
    clock: Arc<ManualClock>,
    terms: Terms,
    faults: Faults,
    /// `None` once it is closed.
    running: Arc<RwLock<Option<app::Shop>>>,
    database: Arc<Database>,
}

impl TestShop {
    /// # Panics
    /// When the shop does not start.
    pub async fn open(engine: Engine) -> TestShop {
        let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
        TestShop::open_with(engine, clock, Terms::default()).await
    }

    pub(crate) async fn open_with(engine: Engine, clock: Arc<ManualClock>, terms: Terms) -> TestShop {
        let database = Arc::new(Database::migrated(engine).await);
        TestShop::open_on(engine, database, clock, terms).await
    }

    /// A second instance on the same database, with the same clock.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn another_instance(&self) -> TestShop {
        let (database, clock) = (Arc::clone(&self.database), Arc::clone(&self.clock));
        TestShop::open_on(self.engine, database, clock, self.terms.clone()).await
    }

    async fn open_on(
        engine: Engine,
        database: Arc<Database>,
        clock: Arc<ManualClock>,
        terms: Terms,
    ) -> TestShop {
        let Terms { payment, notification, orders } = terms.clone();
        let config = app::Config {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: database.directory().to_owned(),
            database_url: database.url(),
            admin_token: Some(ADMIN_TOKEN.to_owned()),
            payment,
            notification,
            orders,
            ..app::Config::default()
        };
        let (turned, faults) = (Arc::<ManualClock>::clone(&clock), Faults::default());
        let opened = app::Shop::open_around(config, turned, Arc::new(faults.clone())).await;
        let shop = opened.unwrap_or_else(|error| panic!("the shop does not open on {engine:?}: {error:#}"));
        let client = Client::new(shop.address());
        let running = Arc::new(RwLock::new(Some(shop)));
        TestShop { client, engine, clock, terms, faults, running, database }
    }

    /// Where a shop without a mail server puts its mails.
    pub fn mail_directory(&self) -> PathBuf {
        self.database.directory().join("mail")
    }

    /// Where it keeps profile pictures.
    pub fn picture_directory(&self) -> PathBuf {
        self.database.directory().join("pictures")
    }

    /// Where the shop keeps its data.
    pub fn database(&self) -> &Database {
        &self.database
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What goes wrong between the modules of this instance.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Lets the clock go as fast as the machine's, until what is returned is dropped: for stories in which a lease
    /// may run out by itself.
    pub fn run_clock(&self) -> RunningClock {
        let clock = Arc::clone(&self.clock);
        RunningClock(tokio::spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                clock.advance(TICK);
            }
        }))
    }

    /// Waits until no order has work left to do.
    ///
    /// # Panics
    /// When that never comes.
    pub async fn settle(&self) {
        let running = self.running.read().await;
        running.as_ref().expect("the shop is open").settle().await.expect("the shop settles");
    }

    /// The promises that are broken at this moment.
    ///
    /// # Panics
    /// When the shop cannot be asked.
    pub async fn broken_promises(&self) -> Vec<platform::Violation> {
        let running = self.running.read().await;
        running.as_ref().expect("the shop is open").check().await.expect("the shop can be checked")
    }

    /// Closes this instance, after holding it to its promises.
    ///
    /// # Panics
    /// When an invariant is broken, a module has run a statement on a table that is not its own, or the shop does not settle
    /// or stop.
    pub async fn finish(&self) {
        self.settle().await;
        let violations = self.broken_promises().await;
        let shop = self.running.write().await.take().expect("the shop is open");
        assert!(violations.is_empty(), "on {:?} these promises are broken: {violations:#?}", self.engine);
        shop.close().await.expect("the shop closes");
        let offences = statements::offences(&self.database);
        assert!(
            offences.is_empty(),
            "on {:?} modules reached beyond their tables: {offences:#?}",
            self.engine
        );
    }
}

/// A clock that goes by itself.
#[derive(Debug)]
pub struct RunningClock(JoinHandle<()>);

impl Drop for RunningClock {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Deref for TestShop {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
