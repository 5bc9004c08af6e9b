//! `cargo xtask split`: the tests of the whole shop, with its modules in processes of their own.

use anyhow::{Context, Result};

use crate::arch;
use crate::cargo::{cargo, holdfast_binary, workspace_root};
use crate::command;
use crate::test::scratch;

/// Run the tests of the whole shop on modules that live in processes of their own.
///
/// First with every module in its own, then with each of them alone moved out, on SQLite and on PostgreSQL. The tests are the
/// same as those of one process, and do not know. Takes about as long as ten runs of them; `--out all` is one.
///
/// What follows `--` goes to the tests: `cargo xtask split --out inventory -- cancellation::`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only this way: `all` modules apart, or the name of the one that is moved out
    #[arg(long, value_name = "MODULE")]
    out: Option<String>,
    /// Passed on to the tests
    #[arg(last = true, value_name = "TEST ARGUMENTS")]
    tests: Vec<String>,
}

/// # Errors
/// When a test fails, or there is no such module.
pub fn run(args: &Args) -> Result<()> {
    let manifest = arch::manifest(&workspace_root())?;
    let modules = manifest.modules.keys().map(String::as_str);
    let ways: Vec<&str> = std::iter::once("all").chain(modules).collect();
    let wanted = args.out.as_deref();
    if let Some(way) = wanted.filter(|way| !ways.contains(way)) {
        anyhow::bail!("--out {way}: there is no such module; there are {}", ways.join(", "));
    }
    command::run(cargo().args(["build", "--package", "app", "--locked"]))?;
    for way in ways.into_iter().filter(|way| wanted.is_none_or(|wanted| wanted == *way)) {
        command::heading(&format!("Modules apart: {way}"));
        rehearse(way, &args.tests).with_context(|| format!("with {way} apart"))?;
    }
    Ok(())
}

/// Tests that kill the binary, or look at how one process starts, are about one process.
pub(crate) fn rehearse(way: &str, arguments: &[String]) -> Result<()> {
    let scratch = scratch::in_memory()?;
    let mut tests = cargo();
    tests.args(["test", "--package", "tests", "--test", "shop", "--locked", "--", "--skip", "faults::"]);
    tests.args(arguments).env("SHOP_BINARY", holdfast_binary("debug")?).env("HOLDFAST_TEST_SPLIT", way);
    if let Some(directory) = &scratch {
        tests.env("TMPDIR", directory.path());
    }
    command::run(&mut tests)
}
