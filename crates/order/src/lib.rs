#![doc = include_str!("../README.md")]

mod order;

mod schema;
mod store;

mod error;
mod refusal;

mod cancel;
mod place;
mod recover;
mod steps;

mod check;
mod http;
mod module;

pub use self::module::OrderModule;
