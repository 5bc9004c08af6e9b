//! The one binary: configuration, wiring, the REST mount, and the commands.
//!
//! This is the only place that knows where a module lives; everything else sees its trait.

mod admin;
mod asyncapi;
mod checks;
mod config;
mod data_dir;
mod demo;
mod doorman;
mod manifest;
mod ownership;
mod rest;
mod shop;
mod web;
mod wiring;

pub mod cli;

pub use self::config::{
    BucketConfig, Config, EventsConfig, ModuleConfig, NotificationConfig, OrdersConfig, PaymentConfig,
    PicturesConfig, Span,
};
pub use self::ownership::CONTRACTS;
pub use self::shop::Shop;
pub use self::wiring::{Apis, OWNERSHIPS};
