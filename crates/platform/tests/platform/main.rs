//! The platform on both engines, with a module of its own: counters.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod auditing;
mod bad_listeners;
mod batching;
mod effects;
mod event_log;
mod fixture;
mod keys;
mod listening;
mod many_writers;
mod migrations;
mod moving_a_table;
mod notes;
mod privacy;
pub mod remote;
mod retention;
mod rows;
mod subscriptions;
mod transactions;
mod transfer;
