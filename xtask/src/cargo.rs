use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command;

/// The directory of the workspace's Cargo.toml.
#[must_use]
pub fn workspace_root() -> PathBuf {
    // Known when xtask is compiled, so the tasks work from any directory below the root.
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The cargo that runs us, else the one on the `PATH`, in the workspace's root.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace_root());
    cargo
}

/// `cargo test`, with half as many tests at once again as there are cores: a test waits half of its time, for a database or for
/// a moment to come.
pub(crate) fn cargo_test() -> Command {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--locked"]);
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        tests.env("RUST_TEST_THREADS", cores.saturating_add(cores / 2).to_string());
    }
    tests
}

/// What `cargo metadata` says. Limited to this platform: other platforms' crates may not have been downloaded.
pub(crate) fn metadata() -> Result<serde_json::Value> {
    let version = command::output(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|line| line.strip_prefix("host: ")).context("`rustc -vV` names no host")?;
    let json = command::output(cargo().args(["metadata", "--format-version=1", "--filter-platform", host]))?;
    Ok(serde_json::from_str(&json)?)
}

/// Builds the debug binary `holdfast`, with the features that everything in the workspace has, and says where it is.
pub(crate) fn build_holdfast() -> Result<PathBuf> {
    command::run(cargo().args(["build", "--workspace", "--bin", "holdfast", "--locked"]))?;
    holdfast_binary("debug")
}

/// Where cargo puts the binary `holdfast` of a profile (`debug` or `release`).
pub(crate) fn holdfast_binary(profile: &str) -> Result<PathBuf> {
    Ok(target_directory()?.join(profile).join("holdfast"))
}

/// Where cargo puts what it builds.
pub(crate) fn target_directory() -> Result<PathBuf> {
    let metadata = command::output(cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let target = metadata.get("target_directory").and_then(serde_json::Value::as_str);
    Ok(PathBuf::from(target.context("`cargo metadata` names no target directory")?))
}
