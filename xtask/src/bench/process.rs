use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::command;

/// A child process that does not outlive its owner, however the owner ends.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// A shell that kills the child when our end of its input closes, which the death of this process does as well.
    watchdog: Child,
}

impl Process {
    pub(super) fn start(command: &mut Command) -> Result<Process> {
        let mut child = command
            .spawn()
            .with_context(|| format!("{} could not be started", command.get_program().display()))?;
        let mut watch = Command::new("sh");
        watch.args(["-c", "cat >/dev/null; kill -9 \"$1\"", "watchdog"]).arg(child.id().to_string());
        watch.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        match watch.spawn() {
            Ok(watchdog) => Ok(Process { child, watchdog }),
            Err(error) => {
                let _ = child.kill();
                Err(error).context("the watchdog could not be started")
            }
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Asks the child to end (SIGTERM), and waits until it has.
    pub(super) fn terminate(&mut self) -> Result<()> {
        command::output(Command::new("kill").arg("-TERM").arg(self.id().to_string()))?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("the process ended with {status} when asked to stop");
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The watchdog first: afterwards the child's number may be that of another process. Each of these fails only
        // if what it ends has already ended.
        let _ = self.watchdog.kill();
        let _ = self.watchdog.wait();
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(pid: u32) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let process = Process::start(Command::new("sleep").arg("60")).unwrap();
        let pid = process.id();
        assert!(runs(pid));
        drop(process);
        assert!(!runs(pid));
    }

    #[test]
    fn the_watchdog_kills_what_is_left_behind() {
        let mut process = Process::start(Command::new("sleep").arg("60")).unwrap();
        // As the kernel does when we die.
        drop(process.watchdog.stdin.take());
        process.watchdog.wait().unwrap();
        assert!(!process.child.wait().unwrap().success());
    }

    #[test]
    fn a_process_that_does_not_end_well_is_told() {
        let mut process = Process::start(Command::new("sleep").arg("60")).unwrap();
        assert!(process.terminate().unwrap_err().to_string().contains("signal: 15"));
    }
}
