use std::collections::BTreeMap;
use std::future::Future;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{CallCtx, Timestamp};
use platform::on;
use platform::store::{Database, Db, Failure, Migrations, Ownership, Store, StoreError, Tx};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    labels (name) {
        name -> Text,
        label -> Text,
    }
}

const POSTGRES: EmbeddedMigrations = embed_migrations!("tests/migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("tests/migrations/sqlite");

pub(crate) const OWNERSHIP: Ownership = Ownership {
    module: "counting",
    schema: "counting",
    migrations: Migrations { postgres: &POSTGRES, sqlite: &SQLITE },
};

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_768_478_400_000_000);

/// The module's own error, as every module has one.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum Error {
    #[error("refused")]
    Refused,
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            Error::Refused => None,
        }
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(Durability::Off).unwrap())
}

/// A place of this test's own on each engine.
pub(crate) fn databases(dir: &tempfile::TempDir) -> [Database; 2] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("platform_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    cluster().create_database(&name).unwrap();
    [
        Database::Sqlite { dir: dir.path().to_owned() },
        Database::Postgres { url: cluster().url(&name), pool: 6 },
    ]
}

/// Runs a test on both engines, each with fresh tables.
pub(crate) fn on_both<F: Future<Output = ()>>(test: impl Fn(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    for database in databases(&dir) {
        Store::migrate(&OWNERSHIP, &database).unwrap();
        runtime.block_on(async { test(Store::open(OWNERSHIP, &database, Handle::current()).unwrap()).await });
    }
}

pub(crate) fn cx() -> CallCtx {
    CallCtx::system("test", Duration::from_secs(10))
}

pub(crate) fn add(db: &mut Db<'_>, name: &str, delta: i64) -> Result<i64, StoreError> {
    Ok(on!(db, |conn| diesel::insert_into(counters::table)
        .values((counters::name.eq(name), counters::value.eq(delta)))
        .on_conflict(counters::name)
        .do_update()
        .set(counters::value.eq(counters::value + delta))
        .returning(counters::value)
        .get_result(conn))?)
}

pub(crate) fn label(tx: &mut Tx<'_>, name: &str, label: &str) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::insert_into(labels::table)
        .values((labels::name.eq(name), labels::label.eq(label)))
        .execute(conn))?;
    Ok(())
}

pub(crate) async fn value(store: &Store, name: &'static str) -> Option<i64> {
    let found: Result<Option<i64>, StoreError> = store
        .read(&cx(), move |db| {
            Ok(on!(db, |conn| counters::table.find(name).select(counters::value).first(conn).optional())?)
        })
        .await;
    found.unwrap()
}

/// Asks again until it is so.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) {
    let asked = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), asked).await.unwrap();
}

pub(crate) async fn values(store: &Store) -> BTreeMap<String, i64> {
    let rows: Result<Vec<(String, i64)>, StoreError> =
        store.read(&cx(), |db| Ok(on!(db, |conn| counters::table.load(conn))?)).await;
    rows.unwrap().into_iter().collect()
}

/// Whether there is time for the long versions of tests: `cargo xtask faults`.
pub(crate) fn full() -> bool {
    std::env::var("HOLDFAST_FAULTS").is_ok_and(|how| how == "full")
}
