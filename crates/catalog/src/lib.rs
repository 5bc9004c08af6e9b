#![doc = include_str!("../README.md")]

mod product;

mod schema;
mod store;

mod change;
mod error;
mod request;

mod add_variant;
mod create;
mod quote;
mod set_prices;
mod show;
mod update;

mod shelf;

mod check;
mod http;
mod module;

pub use self::module::CatalogModule;

#[cfg(test)]
mod tests;
