use std::process::Command;

use anyhow::Result;
use testkit_pg::Cluster;

use crate::command;

/// What the figures depend on besides the program: cores, memory, kernel, PostgreSQL, and the file system of the data.
pub(super) fn describe(cluster: &Cluster) -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let kernel = command::output(Command::new("uname").args(["-s", "-r"]))?;
    let postgres = command::output(Command::new(cluster.programs().path("postgres")).arg("--version"))?;
    let postgres = postgres.split_whitespace().nth(2).unwrap_or("of unknown version");
    let file_system =
        command::output(Command::new("stat").args(["--file-system", "--format=%T"]).arg(cluster.home()))?;
    let file_system = file_system.trim().replace("ext2/ext3", "ext4");
    let memory = if file_system == "tmpfs" { ", which is memory: durability costs nothing here" } else { "" };
    Ok(format!(
        "{cores} cores, {}, PostgreSQL {postgres} (defaults, shared_buffers 128 MB), data on {file_system}{memory}; \
         servers, PostgreSQL and the load generator share the machine",
        release(&kernel)
    ))
}

/// `Linux 6.1.0-18-amd64` → `Linux 6.1`: what follows is a build's name, which says nothing about speed.
fn release(uname: &str) -> String {
    let (system, release) = uname.trim().split_once(' ').unwrap_or((uname.trim(), ""));
    let version: Vec<&str> = release.split('.').take(2).collect();
    format!("{system} {}", version.join("."))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_kernel_is_named_by_its_version() {
        assert_eq!(super::release("Linux 6.1.0-18-amd64\n"), "Linux 6.1");
    }
}
