#![doc = include_str!("../README.md")]

mod copies;
mod order;
mod payment;
mod review;
mod shipment;
mod wanted;

mod schema;
mod store;

mod error;
mod refusal;

mod cancel;
mod complete;
mod decide;
mod drive;
mod fill;
mod place;
mod placing;
mod reactions;
mod reviewer;
mod ship;
mod steps;

mod api;
mod check;
mod drift;
mod http;
mod module;
mod payment_request;

pub use self::module::{OrderModule, Others, Settings};

#[cfg(test)]
mod tests;
