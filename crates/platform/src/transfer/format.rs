//! The file: lines of JSON.
//!
//! ```text
//! {"format":"holdfast-store","version":1,"module":"order",…,"tables":[{"name":"orders","columns":[…]},…]}
//! {"table":"orders"}
//! ["018f…",1000001,"placed",…]                     a row: its columns in the order of the header
//! …
//! {"table":"event_log"}
//! …
//! {"end":{"tables":[{"name":"orders","rows":1,"sha256":"…"},…],"sequences":{"event_log":7},"sha256":"…"}}
//! ```
//!
//! A value is `null` or one of three kinds, which is what both engines have in common:
//!
//! | kind | in the file | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | integer | a number of 64 bits | `bigint`, `integer`, `smallint`; `boolean` as 0 or 1; `timestamptz` as µs since 1970 | `INTEGER` |
//! | text | a string | `text`; `jsonb`; `date` as `YYYY-MM-DD` | `TEXT` |
//! | bytes | a string of hexadecimal digits | `bytea`; `uuid` as 16 bytes | `BLOB` |
//!
//! The last line holds the SHA-256 of all bytes before it, and what [`Contents`] says of each table.

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use super::contents::Contents;
use crate::store::Engine;

pub(super) const FORMAT: &str = "holdfast-store";
/// Files of another version are refused.
pub(super) const VERSION: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) module: String,
    /// Where it comes from, for people.
    pub(super) engine: String,
    pub(super) exported_at: Timestamp,
    /// Those that have made the tables what they are.
    pub(super) migrations: Vec<String>,
    pub(super) tables: Vec<TableShape>,
}

/// A table as both engines have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TableShape {
    pub(super) name: String,
    /// In the order of their names.
    pub(super) columns: Vec<ColumnShape>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ColumnShape {
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Integer,
    Text,
    Bytes,
}

/// The line before a table's rows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TableMark {
    pub(super) table: String,
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndMark {
    pub(super) end: Trailer,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trailer {
    #[serde(flatten)]
    pub(super) contents: Contents,
    /// Of all lines before this one.
    pub(super) sha256: String,
}

pub(super) fn name_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}
