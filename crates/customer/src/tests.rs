//! The use cases on both engines: SQLite in a temporary directory, PostgreSQL in a cluster of the test's own.

mod addresses;
mod customers;
mod destinations;
mod payment_methods;
mod registry;
mod snapshots;
