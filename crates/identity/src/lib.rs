#![doc = include_str!("../README.md")]

mod account;
mod api_key;
mod letter;
mod role;
mod session;
mod throttle;

mod hashing;
mod password;
mod random;

mod schema;
mod store;

mod audit;
mod error;

mod log_in;
mod refresh;
mod verify;

mod end_session;
mod register;
mod request_letter;
mod set_password;

mod keys;
mod roles;
mod staff;

mod show;
mod upkeep;

mod check;
mod http;
mod module;

pub use self::audit::AuditEnd;
pub use self::module::{IdentityModule, Others};

#[cfg(test)]
mod tests;
