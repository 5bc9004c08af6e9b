#![doc = include_str!("../README.md")]

mod product;

mod schema;
mod store;

mod change;
mod error;
mod request;

mod categories;
mod tax_categories;

mod add_variant;
mod create;
mod quote;
mod set_prices;
mod show;
mod update;

mod shelf;

mod check;
mod drift;
mod http;
mod module;

pub use self::module::{CatalogModule, Others};

#[cfg(test)]
mod tests;
