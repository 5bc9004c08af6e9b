//! The use cases on both engines: SQLite in a temporary directory, PostgreSQL in a cluster of the test's own.

mod categorising;
mod changing;
mod creating;
mod quoting;
mod shop;
mod showing;
