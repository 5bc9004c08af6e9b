//! `cargo xtask faults`: what takes too long for every test run, and whether the tests would notice at all.

mod bugs;
mod long;
mod suite;

use anyhow::Result;

/// Break things: see what the shop makes of it, and whether the tests notice.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    /// The long versions of the fault tests, which the ordinary test run has in short (the default)
    Long {
        /// Only those with one of these in their name
        names: Vec<String>,
    },
    /// Twelve bugs on purpose, one at a time: each must be caught by the tests that are there for it
    Bugs {
        /// Only these
        names: Vec<String>,
    },
}

/// # Errors
/// When a fault breaks a promise, or a bug is not caught.
pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        None => long::run(&[]),
        Some(What::Long { names }) => long::run(names),
        Some(What::Bugs { names }) => bugs::run(names),
    }
}
