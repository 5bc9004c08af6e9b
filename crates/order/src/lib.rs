#![doc = include_str!("../README.md")]

mod order;

mod schema;
mod store;

mod error;
mod refusal;

mod place;
mod steps;
mod stock;
mod recover;
mod cancel;

mod check;
mod http;
mod module;

pub use self::module::OrderModule;
