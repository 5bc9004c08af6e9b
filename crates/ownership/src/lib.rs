//! Who owns which table: `modules.toml`, and the rules that hold a database to it.
//!
//! The rules are pure functions from what was read to [`Violation`]s, so that each can be shown to fail; reading happens
//! in [`postgres`] and [`sqlite`]. `holdfast check` judges a live shop by them, module by module; `cargo xtask arch`
//! freshly made databases as a whole, and the code besides.

mod catalog;
mod live;
mod manifest;
mod rule;

pub use self::catalog::{Catalog, Code, Engine, Place, Privilege, Reference, Scope, role};
pub use self::live::{postgres, sqlite};
pub use self::manifest::{Copied, Manifest, Module, Platform};
pub use self::rule::{Rule, Violation};
