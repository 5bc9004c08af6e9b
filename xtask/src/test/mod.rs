//! `cargo xtask test`: everything that must hold, in one command, on a machine that has only Rust.

mod postgres;
pub(crate) mod scratch;

use std::process::Command;

use anyhow::Result;

use crate::cargo::{build_holdfast, cargo, cargo_test, workspace_root};
use crate::{arch, command, docs, split};

/// Run all checks and tests, installing PostgreSQL first if it is missing.
///
/// In this order, stopping at the first failure: formatting, clippy, the binary (which the crash tests kill), `cargo test` on
/// SQLite and on a PostgreSQL that the tests start themselves, some of the same stories with every module in a process of its
/// own, the architecture, whether docs/generated is up to date, and licences and banned crates if cargo-deny is installed.
///
/// What follows `--` goes to `cargo test`: `cargo xtask test --fast -- placing` runs the tests with "placing" in their
/// name, `cargo xtask test -- -- --nocapture` shows what tests print.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Skip formatting and clippy
    #[arg(long)]
    fast: bool,
    /// Passed on to `cargo test`
    #[arg(last = true, value_name = "CARGO TEST ARGUMENTS")]
    cargo_test: Vec<String>,
}

/// What is told of every module once more with all of them apart. All stories are told so by `cargo xtask split`.
const REHEARSED: [&str; 10] = [
    "backorders::an_order_may_wait",
    "cancellation::cancelling",
    "cards::an_order_is_placed",
    "copies::an_order_shows",
    "identity::staff::a_role_that_is_taken_away",
    "notifications::an_order_is_confirmed",
    "profile_pictures::a_picture_is_kept",
    "reports::a_cancelled",
    "sagas::a_stuck_order_goes_on",
    "shipments::an_order_leaves",
];

/// # Errors
/// When something could not be installed, or a step fails.
pub fn run(args: &Args) -> Result<()> {
    postgres::install_if_missing()?;
    if !args.fast {
        step("Formatting", &["fmt", "--all", "--check"])?;
        let clippy = ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
        step("Clippy, in which a warning is an error", &clippy)?;
    }
    command::heading("The binary");
    let binary = build_holdfast()?;

    command::heading("Tests, on SQLite and on PostgreSQL");
    let mut tests = cargo_test();
    tests.args(&args.cargo_test).env("SHOP_BINARY", &binary);
    let scratch = scratch::in_memory()?;
    if let Some(directory) = &scratch {
        println!("Databases are made in {}.", directory.path().display());
        tests.env("TMPDIR", directory.path());
    }
    command::run(&mut tests)?;
    drop(scratch);
    if args.cargo_test.is_empty() {
        command::heading("The same stories, with every module in a process of its own");
        split::rehearse(split::ALL, &binary, REHEARSED)?;
    }

    command::heading("Architecture: crates, calls, migrations, and the tables of both engines");
    arch::check(Some(&binary))?;
    command::heading("Generated pages");
    docs::check(&binary)?;
    dependencies()?;
    command::heading("All checks passed");
    Ok(())
}

fn step(title: &str, arguments: &[&str]) -> Result<()> {
    command::heading(title);
    command::run(cargo().args(arguments))
}

fn dependencies() -> Result<()> {
    command::heading("Dependencies: licences, banned crates, sources");
    if !command::is_installed("cargo-deny") {
        println!("Skipped: cargo-deny is not installed (`cargo install cargo-deny --locked`).");
        return Ok(());
    }
    // Advisories are left out: they come over the network, and a new one must not fail a commit that was good.
    // Duplicates are only a warning, hundreds of lines long.
    let mut deny = Command::new("cargo-deny");
    deny.args(["check", "--allow", "duplicate", "bans", "licenses", "sources"]);
    command::run(deny.current_dir(workspace_root()))
}
