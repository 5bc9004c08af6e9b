#![doc = include_str!("../README.md")]

mod fact;
mod history;
mod stretch;
mod sums;

mod remembered;
mod schema;
mod store;

mod error;

mod book;
mod hear;
mod rebuild;
mod report;

mod check;
mod csv;
mod drift;
mod http;
mod module;

pub use self::module::{AnalyticsModule, Others};
pub use self::rebuild::{Progress, RebuildError};

#[cfg(test)]
mod tests;
