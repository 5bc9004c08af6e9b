//! Many rows in one statement: they go to the database as the lines of the file, in a JSON array.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::error::Error;
use crate::on;
use crate::store::Db;

const ROWS: usize = 1_000;
const BYTES: usize = 1024 * 1024;

/// Rows that wait for being written by one statement.
pub(super) struct Batch<'a> {
    table: &'a str,
    sql: String,
    lines: String,
    rows: usize,
}

impl<'a> Batch<'a> {
    pub(super) fn new(table: &'a str, sql: String) -> Batch<'a> {
        Batch { table, sql, lines: String::new(), rows: 0 }
    }

    /// Takes a row; writes all that there are when they are many.
    pub(super) fn push(&mut self, db: &mut Db<'_>, line: &str) -> Result<(), Error> {
        self.lines.push(if self.rows == 0 { '[' } else { ',' });
        self.lines.push_str(line);
        self.rows = self.rows.saturating_add(1);
        if self.rows >= ROWS || self.lines.len() >= BYTES { self.flush(db) } else { Ok(()) }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, db: &mut Db<'_>) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        self.lines.push(']');
        let query = diesel::sql_query(&self.sql).bind::<Text, _>(&self.lines);
        on!(db, |conn| query.execute(conn)).map_err(|error| Error::of_table(self.table, error))?;
        self.lines.clear();
        self.rows = 0;
        Ok(())
    }
}
