use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

use crate::programs::{Programs, is_root};

/// A shell that waits at the reading end of a pipe whose writing end only this process holds. The pipe reaches its
/// end when the watchdog is dropped, and equally when the process dies of whatever cause, `kill -9` included, so
/// there is one way in which a cluster ends, and nothing polls.
#[derive(Debug)]
pub(crate) struct Watchdog {
    pipe: Option<ChildStdin>,
    shell: Child,
}

/// Reads until the pipe ends, then stops the server ($3…: how to call `pg_ctl`) and removes its directory.
const SCRIPT: &str = r#"
home=$1; data=$2; shift 2
cat >/dev/null
"$@" stop --pgdata="$data" --mode=immediate
rm -rf -- "$home"
"#;

impl Watchdog {
    /// From here on, `home` (with the cluster in `data` below it) lives no longer than this process.
    pub(crate) fn start(programs: &Programs, home: &Path, data: &Path) -> Result<Watchdog> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "postgres-watchdog"]).arg(home).arg(data);
        if is_root() {
            command.args(["runuser", "-u", "postgres", "--"]);
        }
        command.arg(programs.path("pg_ctl")).current_dir("/");
        // Its own process group, as Ctrl-C is sent to the whole group of the one who is to be outlived; and nothing
        // of our output, as whoever reads that waits until its last holder is gone.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shell =
            command.spawn().context("the shell that watches over PostgreSQL could not be started")?;
        let pipe = shell.stdin.take();
        Ok(Watchdog { pipe, shell })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.pipe.take());
        // The shell stops the server and removes the files; waiting means that nothing is left when drop returns.
        let _ = self.shell.wait();
    }
}
