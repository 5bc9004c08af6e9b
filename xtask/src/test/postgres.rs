use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use testkit_pg::Programs;

use crate::command;

/// The tests start PostgreSQL servers of their own, and need its programs for that.
pub(super) fn install_if_missing() -> Result<()> {
    let Err(missing) = Programs::find() else { return Ok(()) };
    command::heading("PostgreSQL");
    println!("{missing:#}.");
    if !(Path::new("/etc/debian_version").exists() && command::is_installed("apt-get")) {
        bail!(
            "PostgreSQL is missing, and only Debian's packages are installed by this command. {}",
            elsewhere()
        );
    }
    println!(
        "Installing Debian's packages. The tests use the programs only; no server is set up to run all the time."
    );
    install()
        .context("PostgreSQL could not be installed; `apt-get install postgresql` by hand does as well")?;
    Programs::find().map(drop)
}

fn install() -> Result<()> {
    command::run(as_root("apt-get").arg("update"))?;
    // The package that reads the setting below has to come first.
    command::run(as_root("apt-get").args([
        "install",
        "--yes",
        "--no-install-recommends",
        "postgresql-common",
    ]))?;
    let _no_main_cluster = NoMainCluster::set()?;
    command::run(as_root("apt-get").args(["install", "--yes", "--no-install-recommends", "postgresql"]))
}

/// While this lives, Debian's `postgresql` does not set up and start a server on port 5432, as it would by default.
/// Taken back afterwards: what the owner of the machine installs later is not ours to decide.
struct NoMainCluster(PathBuf);

impl NoMainCluster {
    fn set() -> Result<NoMainCluster> {
        let setting = PathBuf::from("/etc/postgresql-common/createcluster.d/holdfast-tests.conf");
        let script = "mkdir -p \"$(dirname \"$1\")\" && echo 'create_main_cluster = false' >\"$1\"";
        command::run(as_root("sh").args(["-c", script, "sh"]).arg(&setting))?;
        Ok(NoMainCluster(setting))
    }
}

impl Drop for NoMainCluster {
    fn drop(&mut self) {
        if let Err(error) = command::run(as_root("rm").arg("-f").arg(&self.0)) {
            println!("{} was left behind: {error:#}", self.0.display());
        }
    }
}

fn as_root(program: &str) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    let mut command = if root { Command::new("env") } else { Command::new("sudo") };
    // apt-get must not stop to ask; both `env` and `sudo` take settings before the program.
    command.arg("DEBIAN_FRONTEND=noninteractive").arg(program);
    command
}

fn elsewhere() -> String {
    let ways = [
        ("macOS", "brew install postgresql@17"),
        ("Fedora", "sudo dnf install postgresql-server postgresql-contrib"),
        ("Arch", "sudo pacman -S postgresql"),
        ("Alpine", "sudo apk add postgresql postgresql-contrib"),
    ];
    let ways = ways.map(|(system, way)| format!("{system}: `{way}`")).join("; ");
    format!(
        "Install its server programs ({ways}), and if they are in an unusual place, point PG_BIN at their directory"
    )
}
