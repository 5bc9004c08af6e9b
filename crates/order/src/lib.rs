#![doc = include_str!("../README.md")]

mod order;
mod payment;
mod shipment;
mod wanted;

mod schema;
mod store;

mod error;
mod refusal;

mod cancel;
mod complete;
mod drive;
mod place;
mod placing;
mod reactions;
mod ship;
mod steps;

mod check;
mod http;
mod module;
mod payment_request;

pub use self::module::{OrderModule, Others};
