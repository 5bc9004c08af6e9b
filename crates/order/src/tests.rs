//! The copies on both engines: SQLite in a temporary directory, PostgreSQL in a cluster of the test's own.

mod copying;
mod office;
