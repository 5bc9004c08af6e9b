//! SQLite: one file per module, one writer thread that commits in groups, a pool of readers.
//!
//! The writer takes every change that waits, runs each in a savepoint of one `BEGIN IMMEDIATE`, syncs once, and only
//! then answers them all: full durability at nearly the rate of no durability.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Error as PoolError, Pool};
use diesel::{Connection, SqliteConnection};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::db::Bells;
use super::pool::{POOL_WAIT, blocking, openers, permit};
use super::{Db, Failure, Ownership, StoreError, Tx, View};

/// Changes that may wait for the writer before callers wait too.
const QUEUE: usize = 1024;
/// Changes in one commit: enough to hide the sync, few enough that the first does not wait long for the last.
const GROUP: usize = 256;
const READERS: u32 = 4;

const WRITER: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA wal_autocheckpoint = 4000; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384; \
    PRAGMA temp_store = MEMORY;";
const READER: &str = "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cache_size = -4096;";

pub(super) struct Sqlite {
    writer: mpsc::Sender<Box<dyn Change>>,
    readers: Pool<ConnectionManager<SqliteConnection>>,
    permits: Arc<Semaphore>,
}

pub(super) fn migrate(ownership: &Ownership, dir: &Path) -> Result<Vec<String>, StoreError> {
    std::fs::create_dir_all(dir)
        .map_err(|error| StoreError::Unavailable(format!("cannot create {}: {error}", dir.display())))?;
    let mut conn = connect(&file(ownership, dir))?;
    ownership.migrations.run(&mut Db::Sqlite(&mut conn))
}

fn file(ownership: &Ownership, dir: &Path) -> PathBuf {
    dir.join(ownership.module).with_extension("db")
}

fn connect(file: &Path) -> Result<SqliteConnection, StoreError> {
    let path = file.to_string_lossy();
    let unavailable = |error: &dyn std::fmt::Display| StoreError::Unavailable(format!("{path}: {error}"));
    let mut conn = SqliteConnection::establish(&path).map_err(|error| unavailable(&error))?;
    conn.batch_execute(WRITER).map_err(|error| unavailable(&error))?;
    Ok(conn)
}

impl Sqlite {
    pub(super) fn open(ownership: &Ownership, dir: &Path) -> Result<Sqlite, StoreError> {
        let file = file(ownership, dir);
        let conn = connect(&file)?;
        let (writer, changes) = mpsc::channel(QUEUE);
        let (module, path) = (ownership.module, file.clone());
        std::thread::Builder::new()
            .name(format!("{module}-writer"))
            .spawn(move || Writer { module, path, conn }.run(changes))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let readers = Pool::builder()
            .max_size(READERS)
            .min_idle(Some(0))
            .connection_timeout(POOL_WAIT)
            .test_on_check_out(false)
            .thread_pool(openers())
            .connection_customizer(Box::new(ReadOnly))
            .build_unchecked(ConnectionManager::new(file.to_string_lossy()));
        let permits = Arc::new(Semaphore::new(usize::try_from(READERS).unwrap_or(1)));
        Ok(Sqlite { writer, readers, permits })
    }

    pub(super) async fn read<R, E, F>(&self, runtime: &Handle, view: View, query: F) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Db<'_>) -> Result<R, E> + Send + 'static,
    {
        let permit = permit(&self.permits).await?;
        let pool = self.readers.clone();
        blocking(runtime, move || {
            let _permit = permit;
            let mut conn = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
            match view {
                View::Snapshot => snapshot(&mut conn, query),
                View::Latest => query(&mut Db::Sqlite(&mut conn)),
            }
        })
        .await
    }

    pub(super) async fn write<R, E, F>(&self, change: F) -> Result<(R, Bells), E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { change: Some(change), done: None, answer };
        let gone = |_| StoreError::Unavailable("the writer has stopped".to_owned());
        self.writer.send(Box::new(waiting)).await.map_err(|_| gone(()))?;
        match answered.await.map_err(|_| gone(()))? {
            Ok(done) => done,
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Reads in a transaction, so that several queries see one state.
fn snapshot<R, E: Failure>(
    conn: &mut SqliteConnection,
    query: impl FnOnce(&mut Db<'_>) -> Result<R, E>,
) -> Result<R, E> {
    conn.batch_execute("BEGIN").map_err(StoreError::from)?;
    let found = query(&mut Db::Sqlite(conn));
    conn.batch_execute("COMMIT").map_err(StoreError::from)?;
    found
}

#[derive(Debug)]
struct ReadOnly;

impl CustomizeConnection<SqliteConnection, PoolError> for ReadOnly {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), PoolError> {
        conn.batch_execute(READER).map_err(PoolError::QueryError)
    }
}

type Panic = Box<dyn std::any::Any + Send>;
type Answer<R, E> = Result<Result<(R, Bells), E>, Panic>;

/// A change that waits for the writer, with its types forgotten.
trait Change: Send {
    /// Runs in the group's transaction and says whether the change is to be kept; the answer is kept back.
    fn run(&mut self, conn: &mut SqliteConnection) -> bool;
    /// Answers, now that the group is durable, or `lost`.
    fn settle(self: Box<Self>, lost: Option<&StoreError>);
}

struct Waiting<R, E, F> {
    change: Option<F>,
    done: Option<Answer<R, E>>,
    answer: oneshot::Sender<Answer<R, E>>,
}

impl<R, E, F> Change for Waiting<R, E, F>
where
    R: Send + 'static,
    E: Failure,
    F: FnOnce(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
{
    fn run(&mut self, conn: &mut SqliteConnection) -> bool {
        let Some(change) = self.change.take() else { return false };
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = Tx::new(Db::Sqlite(conn));
            let reply = change(&mut tx);
            let bells = tx.bells();
            reply.map(|reply| (reply, bells))
        }));
        let kept = matches!(done, Ok(Ok(_)));
        self.done = Some(done);
        kept
    }

    fn settle(self: Box<Self>, lost: Option<&StoreError>) {
        // A refusal, too, was decided on what group mates had changed: it stands only if they do.
        let answer = match (lost, self.done) {
            (None, Some(done)) => done,
            (Some(error), _) => Ok(Err(error.clone().into())),
            (None, None) => Ok(Err(StoreError::Unavailable("the change did not run".to_owned()).into())),
        };
        // The caller may have given up waiting.
        let _ = self.answer.send(answer);
    }
}

struct Writer {
    module: &'static str,
    path: PathBuf,
    conn: SqliteConnection,
}

impl Writer {
    fn run(mut self, mut changes: mpsc::Receiver<Box<dyn Change>>) {
        let mut group = Vec::with_capacity(GROUP);
        while let Some(first) = changes.blocking_recv() {
            let lost = self.commit(first, &mut changes, &mut group).err();
            metrics::histogram!("holdfast_sqlite_group_size", "module" => self.module)
                .record(u32::try_from(group.len()).unwrap_or(u32::MAX));
            if let Some(error) = &lost {
                tracing::error!(module = self.module, %error, changes = group.len(), "a group of changes was lost");
                self.reconnect();
            }
            for change in group.drain(..) {
                change.settle(lost.as_ref());
            }
        }
    }

    /// Runs `first` and all that wait behind it in one transaction.
    fn commit(
        &mut self,
        first: Box<dyn Change>,
        changes: &mut mpsc::Receiver<Box<dyn Change>>,
        group: &mut Vec<Box<dyn Change>>,
    ) -> Result<(), StoreError> {
        let mut next = Some(first);
        let mut ready = self.conn.batch_execute("BEGIN IMMEDIATE").map_err(StoreError::from);
        let mut kept = false;
        while let Some(mut change) = next.take() {
            if ready.is_ok() {
                ready = self.take_in(&mut *change, &mut kept);
            }
            group.push(change);
            if ready.is_ok() && group.len() < GROUP {
                next = changes.try_recv().ok();
            }
        }
        ready?;
        // A commit that failed may have reached the disk all the same.
        self.conn.batch_execute("COMMIT").map_err(|error| StoreError::Unknown(error.to_string()))
    }

    /// Runs a change so that, if it is not to be kept, nothing of it is and everything before it is. A savepoint
    /// makes SQLite copy every page it touches, so the first one to be kept does without: there is nothing before it.
    fn take_in(&mut self, change: &mut dyn Change, kept: &mut bool) -> Result<(), StoreError> {
        let alone = !*kept;
        if !alone {
            self.conn.batch_execute("SAVEPOINT change")?;
        }
        let keep = change.run(&mut self.conn);
        *kept |= keep;
        self.conn.batch_execute(match (alone, keep) {
            (true, true) => "",
            (true, false) => "ROLLBACK; BEGIN IMMEDIATE",
            (false, true) => "RELEASE change",
            (false, false) => "ROLLBACK TO change; RELEASE change",
        })?;
        Ok(())
    }

    /// After a failed commit the connection's state is anyone's guess: a new one knows that nothing is open.
    fn reconnect(&mut self) {
        match connect(&self.path) {
            Ok(conn) => self.conn = conn,
            Err(error) => {
                tracing::error!(module = self.module, %error, "cannot reopen the database");
                // Best effort: the next BEGIN fails, is answered with 503, and comes back here.
                let _ = self.conn.batch_execute("ROLLBACK");
            }
        }
    }
}
