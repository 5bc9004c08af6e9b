//! The tasks behind `cargo xtask`. A library too, so that the architecture checks also run as tests.
#![expect(clippy::print_stdout, reason = "a command-line tool talks on standard output")]

pub mod arch;
pub mod bench;
mod cargo;
mod command;
pub mod contracts;
pub mod docs;
pub mod faults;
pub mod split;
pub mod test;

pub use cargo::workspace_root;
