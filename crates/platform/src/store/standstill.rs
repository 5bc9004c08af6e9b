use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::{PgConnection, dsl};

use super::StoreError;
use super::postgres::MIGRATION_LOCK;

/// Shared by all instances that serve a database. Any number serves, so long as it never changes.
pub(crate) const SERVING: i64 = 0x486f_6c64_6661_7375;

/// As long as it is held, nobody serves a PostgreSQL database: a start waits for it, since it migrates first.
pub struct Standstill {
    _held: PgConnection,
}

impl Standstill {
    /// `None` while an instance serves or migrates the database, or somebody else holds it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub fn of(url: &str) -> Result<Option<Standstill>, StoreError> {
        let mut conn =
            PgConnection::establish(url).map_err(|error| StoreError::Unavailable(error.to_string()))?;
        for lock in [MIGRATION_LOCK, SERVING] {
            let taken = dsl::sql::<Bool>(&format!("SELECT pg_try_advisory_lock({lock})"));
            if !taken.get_result(&mut conn)? {
                return Ok(None);
            }
        }
        Ok(Some(Standstill { _held: conn }))
    }
}
