use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::programs::{Programs, is_root, run};
use crate::watchdog::Watchdog;

/// Whether what is committed survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing is flushed to the disk, so tests are faster. A commit still reaches the operating system before it
    /// is acknowledged: a test that kills the server finds every one again.
    Off,
    /// PostgreSQL's defaults, as in production: for measurements.
    Full,
}

/// A running PostgreSQL server of our own. Dropping it stops the server and removes its files.
#[derive(Debug)]
pub struct Cluster {
    programs: Programs,
    home: PathBuf,
    port: u16,
    // Last, and never read: its drop ends the cluster.
    _watchdog: Watchdog,
}

/// Another process may take a port between our asking for a free one and the server's listening.
const PORT_ATTEMPTS: u32 = 5;

impl Cluster {
    /// Makes a cluster and waits until it answers: about a second.
    ///
    /// # Errors
    /// When PostgreSQL is not installed (the message says what to do), or does not start (it quotes the log).
    pub fn start(durability: Durability) -> Result<Cluster> {
        let programs = Programs::find()?;
        let home = tempfile::Builder::new().prefix("holdfast-pg-").tempdir()?.keep();
        let data = home.join("data");
        let watchdog = Watchdog::start(&programs, &home, &data)?;
        initialise(&programs, &home, durability)?;
        let mut cluster = Cluster { programs, home, port: 0, _watchdog: watchdog };
        cluster.start_on_a_free_port()?;
        Ok(cluster)
    }

    /// The address of a database: `postgres://postgres@127.0.0.1:PORT/NAME`, no password needed.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The loopback port that the server listens on; it stays the same over [`Cluster::start_again`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The programs of the version that runs here, for example `pgbench`.
    #[must_use]
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The temporary directory that holds all the cluster's files.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// An empty database.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn create_database(&self, name: &str) -> Result<()> {
        self.psql("postgres", &format!("CREATE DATABASE {}", quoted(name))).map(drop)
    }

    /// A copy of `template`, to which nobody may be connected meanwhile.
    ///
    /// # Errors
    /// When the name is taken, or the template is missing or in use.
    pub fn create_database_from(&self, name: &str, template: &str) -> Result<()> {
        let sql = format!("CREATE DATABASE {} TEMPLATE {}", quoted(name), quoted(template));
        self.psql("postgres", &sql).map(drop)
    }

    /// Removes a database, and disconnects whoever still uses it. One that does not exist is no error.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.psql("postgres", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))).map(drop)
    }

    /// Runs SQL as the superuser and gives the rows: columns parted by `|`, one row a line.
    ///
    /// # Errors
    /// When a statement fails; the message is PostgreSQL's.
    pub fn psql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = Command::new(self.programs.path("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]);
        run(psql.arg("--dbname").arg(self.url(database)).arg("--command").arg(sql))
    }

    /// Stops the server the way a crash would: no checkpoint, connections cut.
    ///
    /// # Errors
    /// When it does not run.
    pub fn stop_immediate(&self) -> Result<()> {
        run(self.control("stop").arg("--mode=immediate")).map(drop)
    }

    /// Starts a stopped server on the same port, and waits until it has recovered and answers.
    ///
    /// # Errors
    /// When it does not start; the message quotes its log.
    pub fn start_again(&self) -> Result<()> {
        let log = self.home.join("data/log");
        let mut start = self.control("start");
        start.arg("--wait").arg("--timeout=60").arg("--log").arg(&log);
        start.arg("--options").arg(format!("-p {}", self.port));
        run(&mut start)
            .map(drop)
            .with_context(|| format!("PostgreSQL did not start; its log ends:\n{}", tail(&log)))
    }

    fn control(&self, action: &str) -> Command {
        let mut control = self.programs.server_command("pg_ctl");
        control.current_dir("/").arg(action).arg("--silent").arg("--pgdata").arg(self.home.join("data"));
        control
    }

    fn start_on_a_free_port(&mut self) -> Result<()> {
        let mut started = Ok(());
        for _ in 0..PORT_ATTEMPTS {
            self.port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            started = self.start_again();
            if started.is_ok() {
                break;
            }
        }
        started
    }
}

fn initialise(programs: &Programs, home: &Path, durability: Durability) -> Result<()> {
    if is_root() {
        run(Command::new("chown").arg("postgres:").arg(home))
            .context("PostgreSQL refuses to run as root, and there is no user `postgres` to run it as")?;
    }
    let data = home.join("data");
    let mut initdb = programs.server_command("initdb");
    initdb.args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--pgdata",
    ]);
    run(initdb.arg(&data).current_dir("/"))?;
    let mut configuration = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
    configuration.write_all(settings(home, durability).as_bytes())?;
    Ok(())
}

fn settings(home: &Path, durability: Durability) -> String {
    let mut settings = format!(
        "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{}'\n\
         max_connections = 300\nshared_buffers = 128MB\n",
        home.display()
    );
    if durability == Durability::Off {
        // Not `synchronous_commit = off`: it would lose acknowledged commits when the server is killed.
        settings.push_str("fsync = off\nfull_page_writes = off\n");
    }
    settings
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

fn tail(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = log.lines().collect();
    lines.get(lines.len().saturating_sub(15)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_cannot_end_its_quotes() {
        assert_eq!(quoted(r#"a"; DROP DATABASE b"#), r#""a""; DROP DATABASE b""#);
    }

    #[test]
    fn only_tests_go_without_flushing() {
        assert!(settings(Path::new("/tmp"), Durability::Off).contains("fsync = off"));
        assert!(!settings(Path::new("/tmp"), Durability::Full).contains("fsync"));
    }
}
