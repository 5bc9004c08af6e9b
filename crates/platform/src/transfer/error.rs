use std::fmt::Display;

use crate::store::{Failure, StoreError};

/// Why a store was not exported or imported. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be read or written.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The file is not what an export wrote.
    #[error("the file is damaged in line {line}: {detail}")]
    Damaged { line: u64, detail: String },
    /// File and store do not belong together, or the store is not ready for this.
    #[error("{0}")]
    Refused(String),
    /// The database does not take the rows of a table.
    #[error("table {table} cannot be read or filled")]
    Table { table: String, source: StoreError },
}

impl Error {
    pub(super) fn damaged(line: u64, detail: impl Display) -> Error {
        Error::Damaged { line, detail: detail.to_string() }
    }

    pub(super) fn of_table(table: &str, error: impl Into<StoreError>) -> Error {
        Error::Table { table: table.to_owned(), source: error.into() }
    }
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Store(error) | Error::Table { source: error, .. } => Some(error),
            Error::File(_) | Error::Damaged { .. } | Error::Refused(_) => None,
        }
    }
}
