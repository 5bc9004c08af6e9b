//! `cargo xtask arch`: the rules that keep the modules apart, checked against the crate graph, the code, the manifest, the
//! migrations and the tables that really exist. Each rule is a pure function from a model to [`Violation`]s; reading
//! the model from cargo, the disk or a database happens elsewhere. Those of manifest and tables are in the crate
//! `ownership`, since `holdfast check` holds a running shop to them as well.
//!
//! [`Violation`]: ownership::Violation

mod calls;
mod crates;
mod faces;
mod live;
mod metadata;
mod migrations;
mod report;
mod sources;
mod statements;

#[cfg(test)]
mod sound;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ownership::{Manifest, Scope};

pub use self::report::Report;
use self::sources::Sources;
use crate::cargo;

/// Check that the modules are as separate as they promise, and say what was checked.
///
/// Crates: a module may use only `kernel`, `platform` and contract crates (`*-api`), and shows one type; contract crates
/// stay free of diesel, actix and tokio; only `app`, `testkit` and `tests` may name a module. Calls and events: what
/// modules.toml says is what the code does; calls have no cycle, and no fact has two publishers. Migrations: every one
/// exists for both engines, has a way back and names its own module's tables alone. Databases: `holdfast migrate` runs on
/// an empty SQLite directory and an empty PostgreSQL, and every table found belongs to exactly one module, no foreign key
/// or view crosses, and no module's role can reach another's tables.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Skip the databases: takes a second, and needs neither a built binary nor PostgreSQL
    #[arg(long)]
    no_databases: bool,
    /// A built `holdfast` to migrate with, instead of building one
    #[arg(long, value_name = "PATH", env = "SHOP_BINARY")]
    bin: Option<PathBuf>,
}

/// # Errors
/// When a rule is broken, or when something could not be read.
pub fn run(args: &Args) -> Result<()> {
    if args.no_databases { check(None) } else { check(Some(&binary(args)?)) }
}

/// Runs the checks, those of the databases only with a binary that can migrate them, and prints what they found.
pub(crate) fn check(binary: Option<&Path>) -> Result<()> {
    let root = cargo::workspace_root();
    let mut report = check_sources(&root)?;
    if let Some(binary) = binary {
        report.append(check_databases(&root, binary)?);
    }
    print!("{report}");
    if !report.is_sound() {
        bail!("the architecture is violated in {} places", report.violations());
    }
    println!(
        "The architecture holds{}.",
        if binary.is_none() { "; the databases were not looked at" } else { "" }
    );
    Ok(())
}

/// What the crate graph, the code, `modules.toml` and `migrations/` get wrong. Needs no build and no database.
///
/// # Errors
/// When cargo fails, or something cannot be read.
pub fn check_sources(root: &Path) -> Result<Report> {
    let manifest = manifest(root)?;
    let graph = metadata::graph(&cargo::metadata()?)?;
    let sources = Sources::read(&root.join("crates"), &manifest)?;
    let files = migrations::files(&root.join("migrations"))?;
    let mut report = Report::default();
    report.add("modules.toml", Manifest::RULES, manifest.violations());
    report.add("Crates", crates::RULES, crates::violations(&graph, &manifest));
    report.add("What a module crate shows", faces::RULES, faces::violations(&sources));
    report.add("Calls and events", calls::RULES, calls::violations(&graph, &manifest, &sources));
    report.add("Migrations", migrations::RULES, migrations::violations(&files, &manifest));
    report.add("What migrations say", statements::RULES, statements::violations(&files, &manifest));
    Ok(report)
}

/// What the tables that `binary migrate` creates get wrong, on SQLite and on PostgreSQL (which it starts itself).
///
/// # Errors
/// When PostgreSQL is not installed, or migrating fails.
pub fn check_databases(root: &Path, binary: &Path) -> Result<Report> {
    let manifest = manifest(root)?;
    let (files, server) = (live::sqlite(binary)?, live::postgres(binary, &manifest)?);
    let mut report = Report::default();
    for (title, catalog) in [("Tables on SQLite", files), ("Tables and roles on PostgreSQL", server)] {
        let rules = catalog.engine.rules().iter().copied();
        report.add(title, rules, catalog.violations(&manifest, Scope::Everything));
    }
    Ok(report)
}

/// `modules.toml`.
pub(crate) fn manifest(root: &Path) -> Result<Manifest> {
    let path = root.join("modules.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

fn binary(args: &Args) -> Result<PathBuf> {
    if let Some(binary) = &args.bin {
        return Ok(binary.clone());
    }
    // Built rather than looked for: what an old binary creates proves nothing about the migrations of today.
    cargo::build_holdfast()
}
