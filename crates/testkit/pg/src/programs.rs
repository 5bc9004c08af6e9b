use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

/// What a cluster needs at the least; a client-only installation has `psql` without `initdb`.
const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];

/// The directory with PostgreSQL's programs.
#[derive(Clone, Debug)]
pub struct Programs {
    bin: PathBuf,
}

impl Programs {
    /// Looks in `$PG_BIN`, where `pg_config` points, in Debian's directories (newest version first), and on the `PATH`.
    ///
    /// # Errors
    /// When no place holds all of the programs; the message says how to get them.
    pub fn find() -> Result<Programs> {
        if let Some(bin) = env::var_os("PG_BIN").map(PathBuf::from) {
            return complete(&bin)
                .with_context(|| format!("PG_BIN={} holds no PostgreSQL server", bin.display()));
        }
        let mut places: Vec<PathBuf> = configured().into_iter().collect();
        places.extend(versions_in(Path::new("/usr/lib/postgresql")));
        places.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
        places.iter().find_map(|place| complete(place).ok()).context(
            "PostgreSQL's server programs (initdb, pg_ctl, postgres, psql) were not found. \
             `cargo xtask test` installs PostgreSQL; or point PG_BIN at the directory that holds them",
        )
    }

    /// The path of one program, for example `pgbench`.
    #[must_use]
    pub fn path(&self, program: &str) -> PathBuf {
        self.bin.join(program)
    }

    /// A server-side program, ready to run. PostgreSQL refuses to run as root, so root becomes `postgres` for it.
    pub(crate) fn server_command(&self, program: &str) -> Command {
        if !is_root() {
            return Command::new(self.path(program));
        }
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(self.path(program));
        command
    }
}

/// Whether this process is root, whose server programs run as the user `postgres`.
pub(crate) fn is_root() -> bool {
    // `id` rather than libc: one child process is cheaper than an unsafe block.
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Runs to the end and gives standard output; a failure carries what the program said.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} could not be started"))?;
    if !output.status.success() {
        let arguments: Vec<&OsStr> = command.get_args().collect();
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{name} {arguments:?} ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

fn complete(bin: &Path) -> Result<Programs> {
    for program in NEEDED {
        let path = bin.join(program);
        if !path.is_file() {
            bail!("{} is missing", path.display());
        }
    }
    Ok(Programs { bin: bin.to_owned() })
}

fn configured() -> Option<PathBuf> {
    run(Command::new("pg_config").arg("--bindir")).ok().map(PathBuf::from)
}

/// Debian keeps versions side by side: `/usr/lib/postgresql/15/bin`, `/usr/lib/postgresql/17/bin`.
fn versions_in(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    versions.into_iter().map(|(_, bin)| bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "17", "15", "not-a-version"] {
            fs::create_dir(root.path().join(version)).unwrap();
        }
        let found = versions_in(root.path());
        assert_eq!(found, ["17", "15", "9"].map(|version| root.path().join(version).join("bin")));
    }

    #[test]
    fn a_client_only_installation_does_not_count() {
        let bin = tempfile::tempdir().unwrap();
        fs::write(bin.path().join("psql"), "").unwrap();
        assert!(complete(bin.path()).unwrap_err().to_string().contains("initdb is missing"));
    }

    #[test]
    fn a_failing_program_says_why() {
        let error = run(Command::new("sh").args(["-c", "echo no disk >&2; exit 3"])).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("no disk"), "{error}");
    }
}
