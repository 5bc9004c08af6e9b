use std::num::NonZeroUsize;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use kernel::ManualClock;
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use crate::split::Split;
use crate::{ADMIN_TOKEN, Client, Database, Engine, Faults, INTERNAL_SECRET, Reply, statements};

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
    /// One, or one for each process that the modules are spread over; none once it is closed.
    running: Arc<RwLock<Vec<app::Shop>>>,
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
            internal_secret: Some(INTERNAL_SECRET.to_owned()),
            // Each compiles the patterns of all rows anew.
            http_threads: NonZeroUsize::MIN,
            payment,
            notification,
            orders,
            ..app::Config::default()
        };
        let faults = Faults::default();
        let mut running = Vec::new();
        for (listener, config) in Split::from_environment().processes(&config) {
            let (turned, around) = (Arc::<ManualClock>::clone(&clock), Arc::new(faults.clone()));
            let opened = app::Shop::open_on(listener, config, turned, around).await;
            running.push(
                opened.unwrap_or_else(|error| panic!("the shop does not open on {engine:?}: {error:#}")),
            );
        }
        let client = Client::new(asked(&running).address());
        let running = Arc::new(RwLock::new(running));
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

    /// The modules as those of one process call each other.
    ///
    /// # Panics
    /// When the shop is closed.
    pub async fn apis(&self) -> app::Apis {
        asked(&self.running.read().await).apis().clone()
    }

    /// What a row answers to somebody whose permissions have just changed: the status that is waited for, if it comes at once, or
    /// within the two seconds that processes have to hear of it where the modules are apart.
    pub async fn now_answers(&self, whom: &Client, path: &str, status: u16) -> Reply {
        let apart = self.running.read().await.len() > 1;
        let end = Instant::now() + Duration::from_secs(2);
        loop {
            let reply = whom.get(path).await;
            if reply.status == status || !apart || Instant::now() >= end {
                return reply;
            }
            tokio::time::sleep(TICK).await;
        }
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
        let mut heard = None;
        loop {
            let mut places = Vec::new();
            for shop in &*running {
                places.push(shop.settle().await.expect("the shop settles"));
            }
            // What one process heard may be news to another.
            if running.len() <= 1 || heard.as_ref() == Some(&places) {
                return;
            }
            heard = Some(places);
        }
    }

    /// The promises that are broken at this moment.
    ///
    /// # Panics
    /// When the shop cannot be asked.
    pub async fn broken_promises(&self) -> Vec<platform::Violation> {
        let mut broken = Vec::new();
        for shop in &*self.running.read().await {
            broken.extend(shop.check().await.expect("the shop can be checked"));
        }
        broken
    }

    /// Closes this instance, after holding it to its promises.
    ///
    /// # Panics
    /// When an invariant is broken, a module has run a statement on a table that is not its own, or the shop does not settle
    /// or stop.
    pub async fn finish(&self) {
        self.settle().await;
        let violations = self.broken_promises().await;
        let running = std::mem::take(&mut *self.running.write().await);
        assert!(!running.is_empty(), "the shop is open");
        assert!(violations.is_empty(), "on {:?} these promises are broken: {violations:#?}", self.engine);
        for closed in join_all(running.into_iter().map(app::Shop::close)).await {
            closed.expect("the shop closes");
        }
        let offences = statements::offences(&self.database);
        assert!(
            offences.is_empty(),
            "on {:?} modules reached beyond their tables: {offences:#?}",
            self.engine
        );
    }
}

/// Each story asks another one of a shop's processes, and always the same one.
fn asked(running: &[app::Shop]) -> &app::Shop {
    let story = std::thread::current().name().unwrap_or_default().bytes().map(usize::from).sum::<usize>();
    &running[story % running.len()]
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
