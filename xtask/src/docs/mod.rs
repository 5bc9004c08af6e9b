//! `cargo xtask docs`: the pages of `docs/generated/`, from what the binary says about itself. So they say the same as
//! `holdfast ownership` and `GET /v1/admin/ownership`: `modules.toml`, the contracts and the subscriptions, as they are built.

mod drawing;
mod map;
mod order;
mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::map::Map;
use crate::{cargo, command};

/// Write docs/generated/: who owns what, which events there are, who needs whom, and in which order to upgrade.
///
/// Everything is asked of the binary, which is built first: `holdfast ownership --json` and `holdfast events asyncapi`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write nothing, and fail if a page is not what would be written
    #[arg(long)]
    check: bool,
    /// A built `holdfast` to ask, instead of building one
    #[arg(long, value_name = "PATH", env = "SHOP_BINARY")]
    bin: Option<PathBuf>,
}

/// # Errors
/// When the binary cannot be built or asked, pages cannot be written, or one is stale.
pub fn run(args: &Args) -> Result<()> {
    let binary = match &args.bin {
        Some(binary) => binary.clone(),
        None => cargo::build_holdfast()?,
    };
    if args.check { check(&binary) } else { write(&binary) }
}

fn directory() -> PathBuf {
    cargo::workspace_root().join("docs/generated")
}

fn write(binary: &Path) -> Result<()> {
    let directory = directory();
    fs::create_dir_all(&directory)?;
    for (name, text) in pages(binary)? {
        fs::write(directory.join(name), text).with_context(|| name.to_owned())?;
        println!("docs/generated/{name}");
    }
    Ok(())
}

/// Fails if a page is not what the binary says today.
pub(crate) fn check(binary: &Path) -> Result<()> {
    let directory = directory();
    let is_stale = |(name, text): &(&str, String)| {
        fs::read_to_string(directory.join(name)).map_or(true, |written| written != *text)
    };
    let stale: Vec<&str> =
        pages(binary)?.iter().filter(|page| is_stale(page)).map(|(name, _)| *name).collect();
    if !stale.is_empty() {
        bail!("stale in docs/generated: {}; `cargo xtask docs` writes them anew", stale.join(", "));
    }
    println!("The generated pages are what the binary says.");
    Ok(())
}

fn pages(binary: &Path) -> Result<Vec<(&'static str, String)>> {
    let map: Map = serde_json::from_str(&ask(binary, &["ownership", "--json"])?)?;
    Ok(vec![
        ("ownership.md", pages::ownership(&map)),
        ("events.md", pages::events(&map)),
        ("modules.md", pages::modules(&map)),
        ("modules.svg", drawing::svg(&map)),
        ("asyncapi.json", ask(binary, &["events", "asyncapi"])?),
    ])
}

fn ask(binary: &Path, arguments: &[&str]) -> Result<String> {
    let binary = fs::canonicalize(binary).with_context(|| binary.display().to_string())?;
    let mut asked = Command::new(binary);
    command::without_holdfast_settings(&mut asked);
    // Without a configuration file: what is there may be somebody's shop.
    command::output(asked.args(arguments).current_dir(directory().parent().context("docs has no parent")?))
}
