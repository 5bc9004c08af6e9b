//! What a text of SQL reaches: the tables that each statement names, and what sort of statement it is.
//!
//! For the checks that hold migrations and running modules to their own tables. The parser is a dependency of tests and
//! of `cargo xtask` alone; the shop itself parses no SQL.

mod reach;
mod sort;

use std::collections::BTreeSet;
use std::fmt;

use sqlparser::dialect::{PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// Whose SQL a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    Sqlite,
    Postgres,
}

/// A table as it is named. Names without quotes are in lower case, as both engines take them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// `orders` of `orders.order_lines`, if the name has such a part.
    pub schema: Option<String>,
    pub table: String,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sort: Sort,
    /// Every table and view that it reads, changes, makes, refers to or drops.
    pub tables: BTreeSet<Name>,
    /// The tables and views that exist by it, new ones and those with a new name.
    pub made: BTreeSet<String>,
    /// Names that it gives to queries of its own (`WITH name AS …`), and that hide a table of that name.
    pub hidden: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Reads or changes rows.
    Rows,
    /// Makes, alters or drops tables, indexes and views.
    Shape,
    /// Begins or ends transactions, listens, sets what holds for its connection.
    Session,
    /// Anything else, by its first words: `CREATE TRIGGER`, `ATTACH DATABASE`.
    Other(String),
}

/// That a text is no SQL that the parser knows.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(#[from] sqlparser::parser::ParserError);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.table),
            None => f.write_str(&self.table),
        }
    }
}

/// Every statement of a text.
///
/// # Errors
/// [`Unreadable`] when one of them cannot be parsed.
pub fn statements(dialect: Dialect, sql: &str) -> Result<Vec<Statement>, Unreadable> {
    let parsed = match dialect {
        Dialect::Sqlite => Parser::parse_sql(&SQLiteDialect {}, sql),
        Dialect::Postgres => Parser::parse_sql(&PostgreSqlDialect {}, sql),
    };
    Ok(parsed?.iter().map(reach::of).collect())
}

#[cfg(test)]
mod tests;
