//! `cargo xtask split`: the tests of the whole shop, with its modules in processes of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::arch;
use crate::cargo::{build_holdfast, cargo, cargo_test, target_directory, workspace_root};
use crate::command;
use crate::test::scratch;

/// Run the tests of the whole shop on modules that live in processes of their own.
///
/// First with every module in its own, then with each of them alone moved out, on SQLite and on PostgreSQL. The tests are the
/// same as those of one process, and do not know. Takes about as long as ten runs of them; `--out all` is one.
///
/// With `--previous`, processes are killed under load while one of them is of an older build, each module in turn.
///
/// What follows `--` goes to the tests: `cargo xtask split --out inventory -- cancellation::`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only this way: `all` modules apart, or the name of the one that is moved out
    #[arg(long, value_name = "MODULE")]
    out: Option<String>,
    /// Instead, run a build of this revision as one module among current ones
    #[arg(long, value_name = "REVISION", conflicts_with = "out")]
    previous: Option<String>,
    /// Passed on to the tests
    #[arg(last = true, value_name = "TEST ARGUMENTS")]
    tests: Vec<String>,
}

/// Every module in a process of its own.
pub(crate) const ALL: &str = "all";

/// # Errors
/// When a test fails, there is no such module, or the revision does not build.
pub fn run(args: &Args) -> Result<()> {
    let modules: Vec<String> = arch::manifest(&workspace_root())?.modules.into_keys().collect();
    let binary = build_holdfast()?;
    if let Some(revision) = &args.previous {
        let previous = build_previous(revision)?;
        return modules.iter().try_for_each(|module| {
            command::heading(&format!("{module} as of {revision}"));
            among_current(module, &previous, &binary, &args.tests)
        });
    }
    let ways: Vec<&str> = std::iter::once(ALL).chain(modules.iter().map(String::as_str)).collect();
    let wanted = args.out.as_deref();
    if let Some(way) = wanted.filter(|way| !ways.contains(way)) {
        anyhow::bail!("--out {way}: there is no such module; there are {}", ways.join(", "));
    }
    for way in ways.into_iter().filter(|way| wanted.is_none_or(|wanted| wanted == *way)) {
        command::heading(&format!("Modules apart: {way}"));
        rehearse(way, &binary, args.tests.iter().map(String::as_str))
            .with_context(|| format!("with {way} apart"))?;
    }
    Ok(())
}

/// Tests that kill the binary, look at how one process starts, or at the ways within one, are about one process.
pub(crate) fn rehearse<'a>(
    way: &str,
    binary: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<()> {
    let not_these = ["--skip", "faults::", "--skip", "conformance::"];
    told(binary, not_these.into_iter().chain(arguments), ("HOLDFAST_TEST_SPLIT", way))
}

fn among_current(module: &str, previous: &Path, binary: &Path, arguments: &[String]) -> Result<()> {
    let killed = ["faults::crash::kills_of_any_process_lose_nothing", "--test-threads=1"];
    let arguments = killed.into_iter().chain(arguments.iter().map(String::as_str));
    told(binary, arguments, ("HOLDFAST_TEST_PREVIOUS", &format!("{module}={}", previous.display())))
}

/// Runs tests of the whole shop that are told something.
fn told<'a>(
    binary: &Path,
    arguments: impl IntoIterator<Item = &'a str>,
    variable: (&str, &str),
) -> Result<()> {
    let scratch = scratch::in_memory()?;
    let mut tests = cargo_test();
    tests.args(["--test", "shop", "--"]).args(arguments);
    tests.env("SHOP_BINARY", binary).env(variable.0, variable.1);
    if let Some(directory) = &scratch {
        tests.env("TMPDIR", directory.path());
    }
    command::run(&mut tests)
}

/// Builds another revision beside this one.
fn build_previous(revision: &str) -> Result<PathBuf> {
    command::heading(&format!("Building {revision}"));
    let target = target_directory()?.join("previous");
    let sources = tempfile::tempdir()?;
    let tree = sources.path().join("holdfast");
    let git = || {
        let mut git = Command::new("git");
        git.current_dir(workspace_root());
        git
    };
    command::run(git().args(["worktree", "add", "--detach"]).arg(&tree).arg(revision))?;
    let mut build = cargo();
    build.args(["build", "--workspace", "--bin", "holdfast", "--locked"]).current_dir(&tree);
    let built = command::run(build.env("CARGO_TARGET_DIR", &target));
    command::run(git().args(["worktree", "remove", "--force"]).arg(&tree))?;
    built?;
    Ok(target.join("debug").join("holdfast"))
}
