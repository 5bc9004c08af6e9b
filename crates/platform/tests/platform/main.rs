//! The platform on both engines, with a module of its own: counters.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bad_listeners;
mod batching;
mod event_log;
mod fixture;
mod keys;
mod many_writers;
mod migrations;
mod subscriptions;
mod transactions;
