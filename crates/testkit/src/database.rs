use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use kernel::ManualClock;
use tempfile::TempDir;
use testkit_pg::{Cluster, Durability};
use tokio::sync::OnceCell;

use crate::shop::START;
use crate::{ADMIN_TOKEN, Engine, statements};

/// The data of one shop: gone when dropped.
#[derive(Debug)]
pub struct Database {
    /// Holds the SQLite files; on PostgreSQL, whatever else the shop keeps in its data directory.
    directory: TempDir,
    /// Name of the PostgreSQL database.
    postgres: Option<String>,
}

const TEMPLATE: &str = "holdfast_template";

impl Database {
    /// An empty database, for a shop that migrates it itself.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn empty(engine: Engine) -> Database {
        Database::make(engine, |cluster, name| cluster.create_database(name)).await
    }

    /// A database that is migrated already, on PostgreSQL; a copy of one costs a tenth of migrating.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub async fn migrated(engine: Engine) -> Database {
        if engine == Engine::Postgres {
            static MIGRATED: OnceCell<()> = OnceCell::const_new();
            MIGRATED.get_or_init(migrate_template).await;
        }
        Database::make(engine, |cluster, name| cluster.create_database_from(name, TEMPLATE)).await
    }

    async fn make(engine: Engine, create: fn(&Cluster, &str) -> anyhow::Result<()>) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        statements::watch();
        let directory = tempfile::Builder::new().prefix("holdfast-test-").tempdir().unwrap();
        if engine == Engine::Sqlite {
            return Database { directory, postgres: None };
        }
        let name = format!("shop_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Database { directory, postgres: Some(name.clone()) };
        on_cluster(move |cluster| create(cluster, &name)).await;
        database
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// `None` on SQLite.
    pub fn url(&self) -> Option<String> {
        self.postgres.as_ref().map(|name| cluster().url(name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.postgres {
            // A database that cannot be dropped goes with its cluster.
            let _ = cluster().drop_database(name);
        }
    }
}

/// One cluster per test process; its watchdog ends it with the process.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(Durability::Off).unwrap_or_else(|error| panic!("{error:#}")))
}

async fn on_cluster<F>(work: F)
where
    F: FnOnce(&'static Cluster) -> anyhow::Result<()> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(move || work(cluster())).await.unwrap();
    done.unwrap_or_else(|error| panic!("{error:#}"));
}

async fn migrate_template() {
    on_cluster(|cluster| cluster.create_database(TEMPLATE)).await;
    let directory = tempfile::tempdir().unwrap();
    let config = app::Config {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: directory.path().to_owned(),
        database_url: Some(cluster().url(TEMPLATE)),
        admin_token: Some(ADMIN_TOKEN.to_owned()),
        ..app::Config::default()
    };
    // What the template notes of the time must not be of a time to come for the tests that start from it.
    let clock = Arc::new(ManualClock::new(START.parse().unwrap()));
    let shop = app::Shop::open(config, clock).await.unwrap();
    shop.close().await.unwrap();
}
