#![doc = include_str!("../README.md")]

mod customer;
mod payment_method;

mod schema;
mod store;

mod change;
mod error;
mod request;

mod register;
mod update;

mod add_address;
mod remove_address;
mod update_address;

mod add_payment_method;
mod remove_payment_method;

mod destination;
mod show;
mod snapshot;

mod http;
mod module;

pub use self::module::CustomerModule;

#[cfg(test)]
mod tests;
