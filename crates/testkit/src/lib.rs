//! What the tests of the whole shop stand on: a running shop per test, a client that knows the contract, and words
//! to tell a story in.
//!
//! ```text
//! #[holdfast_test]
//! async fn cancelling_an_order_returns_its_stock(shop: TestShop) {
//!     let lamp = shop.product("lamp").stock(3).create().await;
//!     let alice = shop.customer("alice").await;
//!     let order = alice.place([(&lamp, 2)]).await;
//!     alice.cancel(&order).await.assert_ok();
//!     shop.settle().await;
//!     assert_eq!(shop.available(&lamp).await, 3);
//! }
//! ```
//!
//! Every reply that passes through [`Client`] is compared with the OpenAPI document of the binary that gave it, and
//! every story ends with a check of the shop's invariants, and of the tables that every statement named: each test tests
//! more than it says.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test kit fails by panicking"
)]

mod binary;
mod cards;
mod client;
mod connection;
mod database;
mod document;
mod engine;
mod faults;
mod identities;
mod mails;
mod people;
mod processes;
mod products;
mod random;
mod reply;
mod request;
mod schema;
mod shop;
mod split;
mod statements;
mod ways;

pub use binary::{BinaryShop, Checked};
pub use cards::{CardShop, LenientShop, way_to_gateway};
pub use client::{Client, fresh_key};
pub use connection::{Connection, RawReply};
pub use database::Database;
pub use document::{Document, Operation};
pub use engine::{Engine, Stage, run};
pub use faults::{Fault, Faults};
pub use gateway_simulator as gateway;
pub use identities::{Login, Machine, PASSWORD};
pub use mails::MailShop;
pub use people::{TestCustomer, TestOrder};
pub use processes::{Processes, alone};
pub use products::{NewProduct, Stock, TestProduct};
pub use random::Random;
pub use reply::Reply;
pub use request::Request;
pub use shop::{RunningClock, TestShop};
pub use statements::manifest;
pub use testkit_macros::holdfast_test;
pub use testkit_mail as mail;
pub use testkit_pg as pg;
pub use testkit_wire as wire;
pub use ways::{Called, Way};

/// The credential of every shop under test.
pub const ADMIN_TOKEN: &str = "test-admin-token-0123456789abcdef0123456789abcdef";

/// What the processes of a shop under test prove to each other.
pub const INTERNAL_SECRET: &str = "the-processes-of-a-test-trust-each-other";

/// Whether there is time for the long versions of tests: `cargo xtask faults`.
pub fn full_faults() -> bool {
    std::env::var("HOLDFAST_FAULTS").is_ok_and(|how| how == "full")
}
