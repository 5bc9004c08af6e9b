//! The use cases on both engines: SQLite in a temporary directory, PostgreSQL in a cluster of the test's own.

mod installing;
mod library;
mod taxonomy;
mod walking;
