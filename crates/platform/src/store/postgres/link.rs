use std::time::{Duration, Instant};

use diesel::PgConnection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Error, ManageConnection};

use crate::store::StoreError;

/// How precisely the server keeps to a deadline. A caller's wait ends on time in any case; and most deadlines are alike,
/// so the server has seldom to be told a new one.
const TICK: Duration = Duration::from_millis(250);

/// A connection, and what it was last told.
pub(super) struct Link {
    conn: PgConnection,
    statement_timeout: Option<Duration>,
}

impl Link {
    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    /// From now on, outside of a transaction: the server ends statements that run beyond the deadline.
    pub(super) fn end_statements_at(&mut self, deadline: Instant) -> Result<(), StoreError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(StoreError::Timeout);
        }
        let wanted = round_up(left);
        if self.statement_timeout != Some(wanted) {
            self.statement_timeout = None;
            self.conn.batch_execute(&format!("SET statement_timeout = {}", wanted.as_millis()))?;
            self.statement_timeout = Some(wanted);
        }
        Ok(())
    }
}

fn round_up(left: Duration) -> Duration {
    let ticks = left.as_millis().div_ceil(TICK.as_millis());
    TICK.saturating_mul(u32::try_from(ticks).unwrap_or(u32::MAX))
}

/// Opens links in the module's own role and schema, for the pool.
pub(super) struct Links {
    plain: ConnectionManager<PgConnection>,
    setup: String,
}

impl Links {
    pub(super) fn new(url: &str, setup: String) -> Links {
        Links { plain: ConnectionManager::new(url), setup }
    }
}

impl ManageConnection for Links {
    type Connection = Link;
    type Error = Error;

    fn connect(&self) -> Result<Link, Error> {
        let mut conn = self.plain.connect()?;
        conn.batch_execute(&self.setup).map_err(Error::QueryError)?;
        Ok(Link { conn, statement_timeout: None })
    }

    fn is_valid(&self, link: &mut Link) -> Result<(), Error> {
        self.plain.is_valid(&mut link.conn)
    }

    fn has_broken(&self, link: &mut Link) -> bool {
        self.plain.has_broken(&mut link.conn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_told_in_ticks_and_never_too_early() {
        let millis = |left| round_up(Duration::from_millis(left)).as_millis();
        assert_eq!([1, 250, 251, 1_987].map(millis), [250, 250, 500, 2_000]);
    }
}
