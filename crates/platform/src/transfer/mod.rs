//! A module's whole store as one file: how it moves from one database to another, also of the other engine.
//!
//! Everything in the module's tables goes along: its rows, its event log with the id and the numbers it has, the cursors
//! of its subscriptions, dead letters, effects, sagas, idempotency records. Whoever hears the module, and whomever it
//! hears, goes on as if nothing had happened.
//!
//! The tables are those that the live catalog names ([`catalog`]), so no module says anything about this. What the
//! engines store differently is written as the three kinds of value that they have in common ([`format`]). Two tables stay
//! behind: the list of migrations, which both sides must have in common, and PostgreSQL's `outbox`, which must be empty.
//!
//! An import checks the whole file before it touches a table, and reads everything back before it commits: it is there
//! completely or not at all.

mod batch;
mod catalog;
mod contents;
mod draft;
mod error;
mod export;
mod file;
mod format;
mod import;
mod rows;

pub use self::contents::{Contents, TableContents};
pub use self::draft::Draft;
pub use self::error::Error;
pub use self::export::{contents, export};
pub use self::import::import;
