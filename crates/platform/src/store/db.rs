use std::ops::{Deref, DerefMut};

use diesel::connection::SimpleConnection;
use diesel::{PgConnection, SqliteConnection};

use super::StoreError;

/// A connection to one module's tables, on either engine.
#[expect(missing_debug_implementations, reason = "connections have no useful Debug")]
pub enum Db<'a> {
    Postgres(&'a mut PgConnection),
    Sqlite(&'a mut SqliteConnection),
}

impl<'a> Db<'a> {
    /// For [`on!`](crate::on), which thereby takes a transaction as well.
    #[doc(hidden)]
    pub fn arms(&mut self) -> &mut Db<'a> {
        self
    }

    /// For a query that reads whole tables, until the end of the transaction: connections are set up for queries by
    /// key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn plan_for_whole_tables(&mut self) -> Result<(), StoreError> {
        match self {
            Db::Postgres(conn) => Ok(conn.batch_execute(
                "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; \
                 SET LOCAL plan_cache_mode = auto",
            )?),
            Db::Sqlite(_) => Ok(()),
        }
    }
}

/// Expands one Diesel query per engine, so that the full query language works on both.
///
/// `on!(db, |conn| products::table.find(id).first(conn))`
#[macro_export]
macro_rules! on {
    ($db:expr, |$conn:ident| $body:expr) => {
        match ($db).arms() {
            $crate::store::Db::Postgres($conn) => {
                let $conn = &mut **$conn;
                $body
            }
            $crate::store::Db::Sqlite($conn) => {
                let $conn = &mut **$conn;
                $body
            }
        }
    };
}

/// Like [`on!`], for rows that the transaction is about to change: locks them on PostgreSQL; SQLite's single writer
/// has the whole file.
///
/// `on_locked!(db, holds::table.find(id), |query, conn| query.first(conn))`
#[macro_export]
macro_rules! on_locked {
    ($db:expr, $rows:expr, |$query:ident, $conn:ident| $body:expr) => {
        match ($db).arms() {
            $crate::store::Db::Postgres($conn) => {
                let ($query, $conn) = (diesel::QueryDsl::for_update($rows), &mut **$conn);
                $body
            }
            $crate::store::Db::Sqlite($conn) => {
                let ($query, $conn) = ($rows, &mut **$conn);
                $body
            }
        }
    };
}

/// Who is to be woken when a transaction has committed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bells {
    /// It wrote to the event log.
    pub(super) appended: bool,
    /// It decided on effects.
    pub(super) effects: bool,
}

/// An open transaction. Dereferences to [`Db`], so every query works on it.
#[expect(missing_debug_implementations, reason = "connections have no useful Debug")]
pub struct Tx<'a> {
    db: Db<'a>,
    bells: Bells,
}

impl<'a> Tx<'a> {
    pub(super) fn new(db: Db<'a>) -> Tx<'a> {
        Tx { db, bells: Bells::default() }
    }

    pub(super) fn bells(&self) -> Bells {
        self.bells
    }

    pub(crate) fn mark_appended(&mut self) {
        self.bells.appended = true;
    }

    pub(crate) fn ring_for_effects(&mut self) {
        self.bells.effects = true;
    }

    /// Runs `part` so that its error undoes what it changed, and leaves the rest of the transaction alive.
    ///
    /// # Errors
    /// The part's own, or a [`StoreError`] where the savepoint itself fails.
    pub fn savepoint<R, E: From<StoreError>>(
        &mut self,
        part: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.execute_batch("SAVEPOINT part")?;
        let done = part(self);
        let end = if done.is_ok() {
            "RELEASE SAVEPOINT part"
        } else {
            "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part"
        };
        self.execute_batch(end)?;
        done
    }

    /// Commits what was done so far and goes on in another transaction, under the savepoints that there may have been.
    #[cfg(feature = "deliberate-bugs")]
    pub(crate) fn go_on_in_another(&mut self) -> Result<(), StoreError> {
        let begin = match self.db {
            Db::Postgres(_) => "BEGIN",
            Db::Sqlite(_) => "BEGIN IMMEDIATE; SAVEPOINT change",
        };
        self.execute_batch(&format!("COMMIT; {begin}; SAVEPOINT part"))
    }

    fn execute_batch(&mut self, sql: &str) -> Result<(), StoreError> {
        Ok(on!(&mut self.db, |conn| conn.batch_execute(sql))?)
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Db<'a>;

    fn deref(&self) -> &Db<'a> {
        &self.db
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.db
    }
}

pub(super) fn ping(db: &mut Db<'_>) -> Result<(), StoreError> {
    Ok(on!(db, |conn| conn.batch_execute("SELECT 1"))?)
}
