//! `cargo xtask arch`: the rules that keep the modules apart, checked against the crate graph, the manifest, the
//! migrations and the tables that really exist. Each rule is a pure function from a model to [`Violation`]s; reading
//! the model from cargo, the disk or a database happens elsewhere.

mod calls;
mod catalog;
mod crates;
mod live;
mod manifest;
mod metadata;
mod migrations;
mod sources;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::{cargo, command};
pub use manifest::Manifest;

/// Check that the modules are as separate as they promise.
///
/// Crates: a module may use only `kernel`, `platform` and contract crates (`*-api`); contract crates stay free of
/// diesel, actix and tokio; only `app`, `testkit` and `tests` may name a module. Calls: the `calls` of modules.toml
/// are what the code does, and have no cycle. Migrations: every one exists for both engines and has a way
/// back. Databases: `holdfast migrate` runs on an empty SQLite directory and an empty PostgreSQL, and every table found
/// belongs to exactly one module, no foreign key or view crosses, and no module's role can reach another's tables.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Skip the databases: takes a second, and needs neither a built binary nor PostgreSQL
    #[arg(long)]
    no_databases: bool,
    /// A built `holdfast` to migrate with, instead of building one
    #[arg(long, value_name = "PATH", env = "SHOP_BINARY")]
    bin: Option<PathBuf>,
}

/// A rule, and what breaks it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    rule: &'static str,
    found: String,
}

impl Violation {
    fn new(rule: &'static str, found: impl Into<String>) -> Violation {
        Violation { rule, found: found.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    rule: {}", self.found, self.rule)
    }
}

/// # Errors
/// When a rule is broken, or when something could not be read.
pub fn run(args: &Args) -> Result<()> {
    if args.no_databases { check(None) } else { check(Some(&binary(args)?)) }
}

/// Runs the checks, those of the databases only with a binary that can migrate them, and prints what they found.
pub(crate) fn check(binary: Option<&Path>) -> Result<()> {
    let root = cargo::workspace_root();
    let mut violations = check_crates(&root)?;
    if let Some(binary) = binary {
        violations.extend(check_databases(&root, binary)?);
    }
    for violation in &violations {
        println!("✗ {violation}");
    }
    if !violations.is_empty() {
        bail!("the architecture is violated in {} places", violations.len());
    }
    println!(
        "The architecture holds{}.",
        if binary.is_none() { "; the databases were not looked at" } else { "" }
    );
    Ok(())
}

/// What the crate graph, `modules.toml` and `migrations/` get wrong. Needs no build and no database.
///
/// # Errors
/// When cargo fails, or the manifest or the migrations cannot be read.
pub fn check_crates(root: &Path) -> Result<Vec<Violation>> {
    let manifest = Manifest::read(&root.join("modules.toml"))?;
    let graph = metadata::graph(&cargo::metadata()?)?;
    let mut violations = manifest.violations();
    violations.extend(crates::violations(&graph, &manifest));
    violations.extend(calls::violations(
        &graph,
        &manifest,
        &sources::named_apis(&root.join("crates"), &manifest)?,
    ));
    violations.extend(migrations::violations(&migrations::files(&root.join("migrations"))?, &manifest));
    Ok(violations)
}

/// What the tables that `binary migrate` creates get wrong, on SQLite and on PostgreSQL (which it starts itself).
///
/// # Errors
/// When PostgreSQL is not installed, or migrating fails.
pub fn check_databases(root: &Path, binary: &Path) -> Result<Vec<Violation>> {
    let manifest = Manifest::read(&root.join("modules.toml"))?;
    let mut violations = catalog::violations(&live::sqlite(binary)?, &manifest);
    violations.extend(catalog::violations(&live::postgres(binary, &manifest)?, &manifest));
    Ok(violations)
}

fn binary(args: &Args) -> Result<PathBuf> {
    if let Some(binary) = &args.bin {
        return Ok(binary.clone());
    }
    // Built rather than looked for: what an old binary creates proves nothing about the migrations of today.
    command::run(cargo::cargo().args(["build", "--package", "app", "--locked"]))?;
    cargo::holdfast_binary("debug")
}
