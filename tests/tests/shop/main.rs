//! The shop as a stranger sees it: over HTTP, by what the REST contract promises, on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says with which seed"
)]

mod access;
mod addresses;
mod architecture;
mod backorders;
mod bad_input;
mod bad_paths;
mod cancellation;
mod cards;
mod completion;
mod concurrency;
mod conformance;
mod copies;
mod customers;
mod demo;
mod faults;
mod health;
mod idempotency;
mod identity;
mod migrations;
mod moving;
mod notifications;
mod openapi;
mod operating;
mod order_lists;
mod orders;
mod ownership;
mod paging;
mod payment_methods;
mod payments;
mod prices;
mod problems;
mod product_lists;
mod products;
mod profile_pictures;
mod profiles;
mod reference;
mod refusals;
mod reports;
mod reports_rebuilt;
mod retention;
mod reviews;
mod sagas;
mod shipments;
mod snapshot;
mod stock;
mod stock_settings;
mod subscriptions;
mod timeline;
mod transfers;
mod variants;
