#![doc = include_str!("../README.md")]

mod message;
mod preferences;

mod letter;
mod locale;
mod words;

mod schema;
mod store;

mod error;
mod settings;

mod reactions;

mod deliver;
mod judge;
mod mail;
mod transport;

mod preview;

mod check;
mod http;
mod module;

pub use self::locale::Locale;
pub use self::module::{NotificationModule, Others};
pub use self::preview::{Form, preview};
pub use self::settings::{Server, Settings, SettingsError, Way};

#[cfg(test)]
mod tests;
