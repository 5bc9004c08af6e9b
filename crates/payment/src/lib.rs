#![doc = include_str!("../README.md")]

mod payment;
mod transaction;

mod schema;
mod store;

mod error;
mod provider;
mod signature;

mod begin;
mod drive;
mod settle;

mod authorise;
mod movement;
mod reactions;
mod void;

mod keyed;
mod recover;
mod webhook;

mod check;
mod http;
mod module;

pub use self::module::PaymentModule;
pub use self::provider::{Gateway, GatewayError};

#[cfg(test)]
mod tests;
