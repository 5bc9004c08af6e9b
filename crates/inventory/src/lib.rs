#![doc = include_str!("../README.md")]

mod schema;
mod store;

mod error;
mod levels;

mod adjust;
mod holds;
mod reserve;

mod check;
mod http;
mod module;

pub use self::module::InventoryModule;
