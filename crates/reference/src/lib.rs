#![doc = include_str!("../README.md")]

mod builtin;
mod category;
mod tree;

mod schema;
mod store;

mod error;
mod request;

mod install;

mod create_category;
mod remove_category;
mod update_category;

mod tax_category;
mod update_country;

mod show;
mod walk;

mod check;
mod http;
mod module;

pub use self::module::ReferenceModule;

#[cfg(test)]
mod tests;
