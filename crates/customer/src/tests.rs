//! The use cases on both engines: SQLite in a temporary directory, PostgreSQL in a cluster of the test's own.

mod addresses;
mod bucket;
mod countries;
mod customers;
mod destinations;
mod gallery;
mod payment_methods;
mod pictures;
mod profiles;
mod registry;
mod snapshots;
