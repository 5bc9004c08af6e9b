#![doc = include_str!("../README.md")]

mod schema;
mod store;

mod edges;
mod error;
mod levels;
mod shelf;

mod adjust;
mod configure;
mod expire;
mod holds;
mod reactions;
mod reserve;
mod settle;
mod show;
mod transfer;

mod check;
mod http;
mod module;

#[cfg(test)]
mod tests;

pub use self::module::InventoryModule;
