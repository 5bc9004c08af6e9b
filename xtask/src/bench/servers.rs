use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::http;
use super::process::Process;
use crate::command;

/// Where a server keeps its data.
#[derive(Clone, Debug)]
pub(super) enum Storage {
    Sqlite,
    Postgres { url: String },
}

/// A running `holdfast serve`. Dropping it kills the process and removes its files.
#[derive(Debug)]
pub(super) struct Server {
    process: Process,
    pub(super) address: SocketAddr,
    home: TempDir,
    storage: Storage,
    /// What else it finds in its environment.
    variables: Vec<(String, String)>,
    /// From starting the process to the first 200 of /health/ready.
    pub(super) ready_after: Duration,
}

/// Far beyond any aim: only a server that hangs is given up.
const PATIENCE: Duration = Duration::from_secs(60);

impl Server {
    /// Starts a server on an empty data directory below `parent`, and waits until it is ready.
    pub(super) fn start(binary: &Path, parent: &Path, storage: Storage) -> Result<Server> {
        Server::start_at(free_address()?, binary, parent, storage, Vec::new())
    }

    /// The same at an address that others know already, with more in its environment.
    pub(super) fn start_at(
        address: SocketAddr,
        binary: &Path,
        parent: &Path,
        storage: Storage,
        variables: Vec<(String, String)>,
    ) -> Result<Server> {
        let home = tempfile::Builder::new().prefix("server-").tempdir_in(parent)?;
        let (process, ready_after) = launch(address, binary, &home, &storage, &variables)?;
        Ok(Server { process, address, home, storage, variables, ready_after })
    }

    /// Stops the server as an administrator would, and starts it again on its data.
    pub(super) fn restart(&mut self, binary: &Path) -> Result<()> {
        self.process.terminate()?;
        (self.process, self.ready_after) =
            launch(self.address, binary, &self.home, &self.storage, &self.variables)?;
        Ok(())
    }

    /// One of the files that it keeps its data in.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.home.path().join("data").join(name)
    }

    /// The memory it occupies, in MiB.
    pub(super) fn resident_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))
            .context("the server is gone, or this is not Linux, which tells a process's memory in /proc")?;
        let line =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS in /proc")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim_end().parse()?;
        Ok(kib / 1024.0)
    }
}

fn launch(
    address: SocketAddr,
    binary: &Path,
    home: &TempDir,
    storage: &Storage,
    variables: &[(String, String)],
) -> Result<(Process, Duration)> {
    let log = home.path().join("log");
    let mut serve = Command::new(binary);
    command::without_holdfast_settings(&mut serve);
    serve.arg("serve").current_dir(home.path()).stdin(Stdio::null());
    serve.stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
    serve.env("HOLDFAST_LISTEN", address.to_string()).env("HOLDFAST_ADMIN_TOKEN", http::TOKEN);
    serve.env("HOLDFAST_DATA_DIR", home.path().join("data"));
    serve.envs(variables.iter().map(|(name, value)| (name, value)));
    if let Storage::Postgres { url } = storage {
        serve.env("HOLDFAST_DATABASE_URL", url);
    }
    let start = Instant::now();
    let mut process = Process::start(&mut serve)?;
    while !http::get(address, "/health/ready").is_ok_and(|reply| reply.status == 200) {
        if let Some(status) = process.child().try_wait()? {
            bail!("the server ended with {status}:\n{}", fs::read_to_string(&log)?);
        }
        if start.elapsed() > PATIENCE {
            bail!("the server is not ready after {PATIENCE:?}:\n{}", fs::read_to_string(&log)?);
        }
        // Short against the milliseconds that are measured, and yet not a busy loop on a core that the server needs.
        std::thread::park_timeout(Duration::from_micros(500));
    }
    Ok((process, start.elapsed()))
}

pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
