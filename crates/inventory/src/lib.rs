#![doc = include_str!("../README.md")]

mod schema;
mod store;

mod edges;
mod error;
mod levels;
mod shelf;

mod adjust;
mod allocate;
mod configure;
mod expire;
mod holds;
mod picked;
mod reactions;
mod release;
mod reserve;
mod settle;
mod ship;
mod show;
mod transfer;

mod check;
mod http;
mod module;

#[cfg(test)]
mod tests;

pub use self::module::InventoryModule;
