//! Private tables: one [`Store`] per module is the only way to that module's rows, on SQLite or on PostgreSQL.
//!
//! Closures given to a store are sync and module APIs are async, so no call into another module can be awaited
//! inside a transaction. Queries are written once; [`on!`](crate::on) expands them per engine.

mod by_bytes;
mod db;
mod error;
mod migrations;
mod one_of;
mod pool;
mod postgres;
mod prepared;
mod rows;
mod sql_types;
mod sqlite;
mod standstill;

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use kernel::CallCtx;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

pub use self::by_bytes::{ByBytes, by_bytes};
pub use self::db::{Db, Tx};
pub use self::error::{Failure, StoreError, corrupt};
pub use self::migrations::Migrations;
pub use self::one_of::{OneOf, one_of};
pub use self::prepared::Prepared;
pub use self::rows::{ROWS_AT_ONCE, Values, by_number};
pub use self::sql_types::{Document, Json, Key, Moment, Time, Uid};
pub(crate) use self::standstill::SERVING;
pub use self::standstill::Standstill;

/// Where a module's tables live.
#[derive(Clone)]
pub enum Database {
    /// A file of the module's own in this directory.
    Sqlite { dir: PathBuf },
    /// A schema and a role of the module's own in this database.
    Postgres { url: String, pool: u32 },
}

impl fmt::Debug for Database {
    /// Leaves the URL out: it may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Database::Sqlite { dir } => f.debug_struct("Sqlite").field("dir", dir).finish(),
            Database::Postgres { pool, .. } => {
                f.debug_struct("Postgres").field("pool", pool).finish_non_exhaustive()
            }
        }
    }
}

/// What a module says about its tables.
#[derive(Clone, Copy)]
pub struct Ownership {
    /// The module, and the name of its SQLite file.
    pub module: &'static str,
    /// Its PostgreSQL schema.
    pub schema: &'static str,
    pub migrations: Migrations,
}

/// The two engines, where code has to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// One module's private tables. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    ownership: Ownership,
    backend: Backend,
    runtime: Handle,
    appended: Notify,
    effects: Notify,
    log: watch::Sender<u64>,
    /// The last place in the log that this process knows of.
    last_logged: AtomicI64,
}

/// What the statements of a query see.
#[derive(Clone, Copy, Debug)]
enum View {
    /// All the same rows.
    Snapshot,
    /// Each the rows as they are when it begins.
    Latest,
}

enum Backend {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
    /// In another process.
    Absent,
}

impl Store {
    /// Brings the tables up to date. Safe to run from several processes at once.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be reached or a migration fails.
    pub fn migrate(ownership: &Ownership, database: &Database) -> Result<Vec<String>, StoreError> {
        match database {
            Database::Sqlite { dir } => sqlite::migrate(ownership, dir),
            Database::Postgres { url, .. } => postgres::migrate(ownership, url),
        }
    }

    /// Opens the module's tables; they must be migrated. Blocking work runs on `runtime`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be reached.
    pub fn open(ownership: Ownership, database: &Database, runtime: Handle) -> Result<Store, StoreError> {
        let backend = match database {
            Database::Sqlite { dir } => Backend::Sqlite(sqlite::Sqlite::open(&ownership, dir)?),
            Database::Postgres { url, pool } => {
                Backend::Postgres(postgres::Postgres::open(&ownership, url, *pool)?)
            }
        };
        Ok(Store::on(backend, ownership, runtime))
    }

    /// The tables of a module that is in another process: whatever is asked of them is refused as unavailable. For modules
    /// that are only asked what they are.
    pub fn absent(ownership: Ownership, runtime: Handle) -> Store {
        Store::on(Backend::Absent, ownership, runtime)
    }

    fn on(backend: Backend, ownership: Ownership, runtime: Handle) -> Store {
        let (appended, effects, log) = (Notify::new(), Notify::new(), watch::channel(0).0);
        let last_logged = AtomicI64::new(0);
        let shared = Shared { ownership, backend, runtime, appended, effects, log, last_logged };
        Store { shared: Arc::new(shared) }
    }

    pub fn module(&self) -> &'static str {
        self.shared.ownership.module
    }

    /// Of absent tables it does not matter.
    pub fn engine(&self) -> Engine {
        match self.shared.backend {
            Backend::Sqlite(_) | Backend::Absent => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// The runtime that modules and background work share.
    pub fn runtime(&self) -> &Handle {
        &self.shared.runtime
    }

    /// Rings after each commit that appended an event.
    pub(crate) fn appended(&self) -> &Notify {
        &self.shared.appended
    }

    /// Rings after each commit that decided on effects.
    pub(crate) fn effects(&self) -> &Notify {
        &self.shared.effects
    }

    pub(crate) fn schema(&self) -> &'static str {
        self.shared.ownership.schema
    }

    /// `None` on SQLite.
    pub(crate) fn postgres_url(&self) -> Option<&str> {
        match &self.shared.backend {
            Backend::Sqlite(_) | Backend::Absent => None,
            Backend::Postgres(postgres) => Some(postgres.url()),
        }
    }

    /// Rises whenever the module's log is known to have grown.
    pub(crate) fn log(&self) -> watch::Receiver<u64> {
        self.shared.log.subscribe()
    }

    /// To be called when events have reached the log.
    pub(crate) fn logged(&self) {
        self.shared.log.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// The same, unless somebody has said so before.
    pub(crate) fn logged_up_to(&self, seq: i64) {
        if self.shared.last_logged.fetch_max(seq, Ordering::Relaxed) < seq {
            self.logged();
        }
    }

    /// Reads one consistent snapshot.
    ///
    /// # Errors
    /// The closure's own, or a [`StoreError`] as `E`.
    pub async fn read<R, E, F>(&self, cx: &CallCtx, query: F) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Db<'_>) -> Result<R, E> + Send + 'static,
    {
        self.look(cx, View::Snapshot, query).await
    }

    /// Reads without a transaction around it: each statement sees the rows as they are when it begins. For a hot query
    /// by key that is one statement, or whose statements need not agree; it saves two round trips.
    ///
    /// # Errors
    /// The closure's own, or a [`StoreError`] as `E`.
    pub async fn peek<R, E, F>(&self, cx: &CallCtx, query: F) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Db<'_>) -> Result<R, E> + Send + 'static,
    {
        self.look(cx, View::Latest, query).await
    }

    async fn look<R, E, F>(&self, cx: &CallCtx, view: View, query: F) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Db<'_>) -> Result<R, E> + Send + 'static,
    {
        let budget = cx.remaining().ok_or(StoreError::Timeout)?;
        let shared = Arc::clone(&self.shared);
        within(budget, async move {
            match &shared.backend {
                Backend::Sqlite(sqlite) => sqlite.read(&shared.runtime, view, query).await,
                Backend::Postgres(postgres) => postgres.read(&shared.runtime, budget, view, query).await,
                Backend::Absent => Err(shared.absent().into()),
            }
        })
        .await
    }

    /// Runs one transaction and answers once it is durable. On PostgreSQL a serialization failure, a deadlock or a
    /// lock timeout runs `change` again, so it must not consume what it captures.
    ///
    /// # Errors
    /// The closure's own (nothing is changed), or a [`StoreError`] as `E`; [`StoreError::Unknown`] and
    /// [`StoreError::Timeout`] leave open whether the change was made.
    pub async fn write<R, E, F>(&self, cx: &CallCtx, name: &'static str, change: F) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    {
        let budget = cx.remaining().ok_or(StoreError::Timeout)?;
        let shared = Arc::clone(&self.shared);
        let started = std::time::Instant::now();
        let (reply, bells) = within(budget, async move {
            match &shared.backend {
                Backend::Sqlite(sqlite) => sqlite.write(change).await,
                Backend::Postgres(postgres) => postgres.write(&shared.runtime, budget, name, change).await,
                Backend::Absent => Err(shared.absent().into()),
            }
        })
        .await?;
        metrics::histogram!("holdfast_store_write_seconds", "command" => name).record(started.elapsed());
        match self.engine() {
            _ if !bells.appended => {}
            Engine::Sqlite => self.logged(),
            // The sequencer takes it from here.
            Engine::Postgres => self.shared.appended.notify_one(),
        }
        if bells.effects {
            self.shared.effects.notify_one();
        }
        Ok(reply)
    }

    /// Whether the database answers, within 250 ms.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] or [`StoreError::Timeout`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let cx = CallCtx::system("ready", Duration::from_millis(250));
        self.read(&cx, db::ping).await
    }

    /// Names of migrations that this binary has and the database lacks.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn pending_migrations(&self, cx: &CallCtx) -> Result<Vec<String>, StoreError> {
        let migrations = self.shared.ownership.migrations;
        self.read(cx, move |db| migrations.pending(db)).await
    }

    /// The versions of the migrations that have made the tables what they are, sorted.
    pub(crate) async fn migrations(&self, cx: &CallCtx) -> Result<Vec<String>, StoreError> {
        self.read(cx, Migrations::applied).await
    }
}

impl Shared {
    fn absent(&self) -> StoreError {
        StoreError::Unavailable(format!("{} is in another process", self.ownership.module))
    }
}

/// The deadline holds even where a thread is stuck in the database; the work itself is not interrupted.
async fn within<R, E: Failure>(budget: Duration, work: impl Future<Output = Result<R, E>>) -> Result<R, E> {
    tokio::time::timeout(budget, work).await.unwrap_or_else(|_| Err(StoreError::Timeout.into()))
}
