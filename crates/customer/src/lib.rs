#![doc = include_str!("../README.md")]

mod customer;
mod payment_method;
mod picture;
mod profile;

mod schema;
mod store;

mod change;
mod error;
mod request;

mod register;
mod update;

mod countries;

mod add_address;
mod remove_address;
mod update_address;

mod add_payment_method;
mod remove_payment_method;

mod keep_picture;
mod pictures;
mod removal;
mod update_profile;
mod upload;

mod destination;
mod show;
mod snapshot;

mod drift;
mod http;
mod module;

pub use self::module::{CustomerModule, Others};
pub use self::pictures::{Bucket, PictureSettings, Pictures, PicturesError};

#[cfg(test)]
mod tests;
