//! PostgreSQL: one schema and one role per module, a bounded pool, retries, deadlines.

mod link;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::Pool;
use diesel::{Connection, PgConnection};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use self::link::{Link, Links};
use super::db::Bells;
use super::pool::{POOL_WAIT, blocking, openers, permit};
use super::{Db, Failure, Ownership, StoreError, Tx, View};

const ATTEMPTS: u32 = 3;
/// Two instances that start at once take turns at the schema. Any number serves, so long as it never changes.
pub(super) const MIGRATION_LOCK: i64 = 0x486f_6c64_6661_7374;

/// Some errors can only be told by their text. Where the user may not choose its language, the cluster's stays.
const PLAIN_MESSAGES: &str = "\
    DO $$ BEGIN SET lc_messages = 'C'; EXCEPTION WHEN insufficient_privilege THEN NULL; END $$";

/// Every query here is by key. A plan that was made while a table was small would read all of it, and be kept while
/// the table grows. JIT would compile whatever has no other plan than the discouraged one. By key there is one good plan,
/// whatever the keys are; left to itself, PostgreSQL makes one anew for most lists of keys, which took a tenth of its time.
/// [`Db::plan_for_whole_tables`] is for the others.
///
/// [`Db::plan_for_whole_tables`]: super::Db::plan_for_whole_tables
const BY_KEY: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
     SET plan_cache_mode = force_generic_plan";

pub(super) struct Postgres {
    url: String,
    pool: Pool<Links>,
    permits: Arc<Semaphore>,
}

pub(super) fn role(ownership: &Ownership) -> String {
    format!("holdfast_{}", ownership.module)
}

/// Roles belong to the whole cluster, so another database's migration may be creating the same one: a lost race is
/// as good as a won one. What is there already needs no privilege to make.
fn provision(ownership: &Ownership) -> String {
    let (schema, role) = (ownership.schema, role(ownership));
    format!(
        "DO $$ BEGIN \
           IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN CREATE ROLE {role} NOLOGIN; END IF; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; \
         DO $$ BEGIN \
           IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN GRANT {role} TO CURRENT_USER; END IF; \
         EXCEPTION WHEN unique_violation THEN NULL; END $$; \
         DO $$ BEGIN \
           IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{schema}') THEN CREATE SCHEMA {schema}; END IF; \
         END $$; \
         SET search_path = {schema};"
    )
}

fn grant(ownership: &Ownership) -> String {
    let (schema, role) = (ownership.schema, role(ownership));
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}; \
         GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {role};"
    )
}

pub(super) fn migrate(ownership: &Ownership, url: &str) -> Result<Vec<String>, StoreError> {
    let mut conn =
        PgConnection::establish(url).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    conn.batch_execute(&format!(
        "SET client_min_messages = warning; SELECT pg_advisory_lock({MIGRATION_LOCK})"
    ))?;
    let migrated = conn
        .batch_execute(&provision(ownership))
        .map_err(|error| {
            StoreError::Migration(format!(
                "cannot prepare schema {} and role {}: {error}. The database user needs CREATE on the database and CREATEROLE",
                ownership.schema,
                role(ownership)
            ))
        })
        .and_then(|()| ownership.migrations.run(&mut Db::Postgres(&mut conn)))
        .and_then(|names| Ok(conn.batch_execute(&grant(ownership)).map(|()| names)?));
    // Closing the connection releases the lock, whatever happened.
    drop(conn);
    migrated
}

impl Postgres {
    pub(super) fn open(ownership: &Ownership, url: &str, size: u32) -> Result<Postgres, StoreError> {
        let setup = format!(
            "SET client_min_messages = warning; {PLAIN_MESSAGES}; {BY_KEY}; SET lock_timeout = '500ms'; \
             SET idle_in_transaction_session_timeout = '5s'; \
             SET search_path = {}; SET ROLE {};",
            ownership.schema,
            role(ownership)
        );
        let pool = Pool::builder()
            .max_size(size)
            .min_idle(Some(0))
            .connection_timeout(POOL_WAIT)
            .test_on_check_out(false)
            .thread_pool(openers())
            .build_unchecked(Links::new(url, setup));
        let permits = Arc::new(Semaphore::new(usize::try_from(size).unwrap_or(1)));
        Ok(Postgres { url: url.to_owned(), pool, permits })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn read<R, E, F>(
        &self,
        runtime: &Handle,
        budget: Duration,
        view: View,
        query: F,
    ) -> Result<R, E>
    where
        R: Send + 'static,
        E: Failure,
        F: FnOnce(&mut Db<'_>) -> Result<R, E> + Send + 'static,
    {
        let permit = permit(&self.permits).await?;
        let (pool, deadline) = (self.pool.clone(), Instant::now() + budget);
        blocking(runtime, move || {
            let _permit = permit;
            let mut link = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
            match view {
                View::Snapshot => {
                    begin(&mut link, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline)?;
                    let found = query(&mut Db::Postgres(link.conn()));
                    end(link.conn(), found)
                }
                View::Latest => {
                    link.end_statements_at(deadline)?;
                    query(&mut Db::Postgres(link.conn()))
                }
            }
        })
        .await
    }

    pub(super) async fn write<R, E, F>(
        &self,
        runtime: &Handle,
        budget: Duration,
        name: &'static str,
        change: F,
    ) -> Result<(R, Bells), E>
    where
        R: Send + 'static,
        E: Failure,
        F: Fn(&mut Tx<'_>) -> Result<R, E> + Send + 'static,
    {
        let permit = permit(&self.permits).await?;
        let (pool, deadline) = (self.pool.clone(), Instant::now() + budget);
        blocking(runtime, move || {
            let _permit = permit;
            let mut attempt = 1;
            loop {
                let mut link = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
                match transact(&mut link, deadline, &change) {
                    Err(error) if attempt < ATTEMPTS && is_contended(&error) => {
                        attempt += 1;
                        metrics::counter!("holdfast_store_retries_total", "command" => name).increment(1);
                    }
                    done => return done,
                }
            }
        })
        .await
    }
}

fn is_contended(error: &impl Failure) -> bool {
    matches!(error.storage(), Some(StoreError::Contended(_)))
}

fn transact<R, E: Failure>(
    link: &mut Link,
    deadline: Instant,
    change: impl Fn(&mut Tx<'_>) -> Result<R, E>,
) -> Result<(R, Bells), E> {
    begin(link, "BEGIN", deadline)?;
    let mut tx = Tx::new(Db::Postgres(link.conn()));
    let reply = change(&mut tx);
    let bells = tx.bells();
    end(link.conn(), reply).map(|reply| (reply, bells))
}

/// Opens a transaction whose statements the server ends when the deadline passes.
fn begin(link: &mut Link, sql: &str, deadline: Instant) -> Result<(), StoreError> {
    link.end_statements_at(deadline)?;
    Ok(AnsiTransactionManager::begin_transaction_sql(link.conn(), sql)?)
}

/// COMMIT for a reply, ROLLBACK for an error. A COMMIT whose answer is lost has an unknown outcome.
fn end<R, E: Failure>(conn: &mut PgConnection, done: Result<R, E>) -> Result<R, E> {
    match done {
        Ok(reply) => match AnsiTransactionManager::commit_transaction(conn).map_err(StoreError::from) {
            Ok(()) => Ok(reply),
            Err(StoreError::Contended(message)) => Err(StoreError::Contended(message).into()),
            Err(error) => Err(StoreError::Unknown(error.to_string()).into()),
        },
        Err(error) => {
            // A connection that cannot roll back is broken, and the pool throws it away.
            let _ = AnsiTransactionManager::rollback_transaction(conn);
            Err(error)
        }
    }
}
