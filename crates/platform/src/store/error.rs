use std::fmt::Display;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// What can go wrong between a module and its tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A unique constraint refused the row. Names follow PostgreSQL's: `products_handle_key`.
    #[error("constraint {0} refused a duplicate")]
    Duplicate(String),
    /// A CHECK constraint refused the row.
    #[error("constraint {0} refused a value")]
    Check(String),
    /// Rivals kept winning: a serialization failure, a deadlock or a lock timeout, after all retries.
    #[error("the rows are contended: {0}")]
    Contended(String),
    /// The database cannot be reached or has no room; nothing was changed.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The deadline passed; whether a change was made is not known.
    #[error("the deadline passed")]
    Timeout,
    /// The answer to COMMIT was lost; whether the change was made is not known.
    #[error("the outcome of the commit is unknown: {0}")]
    Unknown(String),
    /// A stored value breaks the rules of the domain.
    #[error("bad value in {table}.{column} of {id}: {detail}")]
    Corrupt { table: &'static str, column: &'static str, id: String, detail: String },
    /// A migration failed, or the database is of another version.
    #[error("migration failed: {0}")]
    Migration(String),
    /// The database refused the query: a bug.
    #[error("query failed: {0}")]
    Query(String),
}

impl StoreError {
    /// Whether this says something about the database and nothing about what it was asked: asking for less would not help.
    pub fn is_outage(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::Unknown(_) | StoreError::Timeout)
    }

    /// As a caller in another module sees it.
    pub fn into_api<E>(self) -> kernel::ApiError<E> {
        match self {
            StoreError::Timeout => kernel::ApiError::DeadlineExceeded,
            StoreError::Contended(_) | StoreError::Unavailable(_) | StoreError::Unknown(_) => {
                kernel::ApiError::Unavailable(self.to_string())
            }
            StoreError::Duplicate(_)
            | StoreError::Check(_)
            | StoreError::Corrupt { .. }
            | StoreError::Migration(_)
            | StoreError::Query(_) => kernel::ApiError::Internal(self.to_string()),
        }
    }
}

/// An error that may carry a [`StoreError`]: each module's own error type.
pub trait Failure: From<StoreError> + Send + 'static {
    /// The storage error within, if that is what this is.
    fn storage(&self) -> Option<&StoreError>;
}

impl Failure for StoreError {
    fn storage(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// A stored value that the domain refuses, as an error that names its place.
pub fn corrupt(
    table: &'static str,
    column: &'static str,
    id: impl Display,
    detail: impl Display,
) -> StoreError {
    StoreError::Corrupt { table, column, id: id.to_string(), detail: detail.to_string() }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> StoreError {
        let DieselError::DatabaseError(kind, info) = &error else {
            return match error {
                DieselError::BrokenTransactionManager => StoreError::Unavailable(error.to_string()),
                other => StoreError::Query(other.to_string()),
            };
        };
        let message = info.message();
        match kind {
            DatabaseErrorKind::UniqueViolation => StoreError::Duplicate(
                info.constraint_name().map_or_else(|| sqlite_constraint(message), str::to_owned),
            ),
            DatabaseErrorKind::CheckViolation => StoreError::Check(
                info.constraint_name().map_or_else(|| sqlite_constraint(message), str::to_owned),
            ),
            DatabaseErrorKind::SerializationFailure => StoreError::Contended(message.to_owned()),
            DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
                StoreError::Unavailable(message.to_owned())
            }
            _ => by_message(message),
        }
    }
}

/// Diesel keeps no SQLSTATE for these; libpq's text and SQLite's result texts are all there is (`lc_messages` is
/// set to C on every connection).
fn by_message(message: &str) -> StoreError {
    const CONTENDED: [&str; 3] = ["deadlock detected", "lock timeout", "could not serialize"];
    const GONE: [&str; 10] = [
        "terminating connection",
        "server closed the connection",
        "connection to server",
        "could not receive data",
        "no connection to the server",
        "the database system is",
        "SSL connection has been closed",
        "database or disk is full",
        "disk I/O error",
        "database is locked",
    ];
    let has = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if has(&CONTENDED) {
        StoreError::Contended(message.to_owned())
    } else if message.contains("statement timeout") {
        StoreError::Timeout
    } else if has(&GONE) {
        StoreError::Unavailable(message.to_owned())
    } else {
        StoreError::Query(message.to_owned())
    }
}

/// `UNIQUE constraint failed: products.handle` → `products_handle_key`, the name PostgreSQL gives by default;
/// `UNIQUE constraint failed: index 'variants_sku_key'` and `CHECK constraint failed: name` carry the name.
fn sqlite_constraint(message: &str) -> String {
    let subject = message.rsplit_once(": ").map_or(message, |(_, subject)| subject);
    if let Some(index) = subject.strip_prefix("index ") {
        return index.trim_matches('\'').to_owned();
    }
    if !message.starts_with("UNIQUE") {
        return subject.to_owned();
    }
    let mut columns = subject.split(", ").filter_map(|column| column.split_once('.'));
    let Some((table, first)) = columns.next() else { return subject.to_owned() };
    let mut name = format!("{table}_{first}");
    for (_, column) in columns {
        name.push('_');
        name.push_str(column);
    }
    name.push_str("_key");
    name
}

#[cfg(test)]
mod tests {
    use super::sqlite_constraint;

    #[test]
    fn sqlite_constraints_get_the_names_postgresql_gives() {
        for (message, name) in [
            ("UNIQUE constraint failed: products.handle", "products_handle_key"),
            (
                "UNIQUE constraint failed: prices.variant_id, prices.currency",
                "prices_variant_id_currency_key",
            ),
            ("UNIQUE constraint failed: index 'variants_sku_key'", "variants_sku_key"),
            ("CHECK constraint failed: stock_levels_bounds", "stock_levels_bounds"),
        ] {
            assert_eq!(sqlite_constraint(message), name);
        }
    }
}
