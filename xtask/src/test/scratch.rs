use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::command;

const MEMORY: &str = "/dev/shm";
/// Several times what the tests need at once.
const ENOUGH_KIB: u64 = 4 * 1024 * 1024;

/// A directory in memory for what the tests write, if there is room. They make a thousand databases, each of hundreds of files,
/// and none of them has to outlive the machine: on a disk, making and flushing files is a quarter of all the work.
pub(crate) fn in_memory() -> Result<Option<TempDir>> {
    if !Path::new(MEMORY).is_dir() || free_kib()?.is_none_or(|free| free < ENOUGH_KIB) {
        return Ok(None);
    }
    let directory = tempfile::Builder::new().prefix("holdfast-tests-").tempdir_in(MEMORY)?;
    // PostgreSQL, which runs as another user where the tests are root, has files below it.
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o711))?;
    Ok(Some(directory))
}

fn free_kib() -> Result<Option<u64>> {
    let table = command::output(Command::new("df").args(["--output=avail", "--block-size=1K", MEMORY]))?;
    Ok(table.lines().last().and_then(|free| free.trim().parse().ok()))
}
