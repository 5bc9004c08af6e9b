use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cargo::{cargo, workspace_root};
use crate::command;

/// Where a test lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// `crates/platform/tests/platform`
    Platform,
    /// The tests inside of `crates/inventory`
    Inventory,
    /// `tests/tests/shop`
    Shop,
}

impl Target {
    pub(super) const ALL: [Target; 3] = [Target::Platform, Target::Inventory, Target::Shop];

    /// As `cargo test` is asked for it.
    pub(super) fn arguments(self) -> &'static [&'static str] {
        match self {
            Target::Platform => &["--workspace", "--test", "platform"],
            Target::Inventory => &["--package", "inventory", "--lib"],
            Target::Shop => &["--workspace", "--test", "shop"],
        }
    }

    /// Kind and name, as cargo reports what it built.
    fn artifact(self) -> (&'static str, &'static str) {
        match self {
            Target::Platform => ("test", "platform"),
            Target::Inventory => ("lib", "inventory"),
            Target::Shop => ("test", "shop"),
        }
    }

    fn package(self) -> &'static str {
        match self {
            Target::Platform => "crates/platform",
            Target::Inventory => "crates/inventory",
            Target::Shop => "tests",
        }
    }
}

/// Test programs that are built, ready to be run again and again.
pub(super) struct Suite(HashMap<Target, PathBuf>);

/// A line of `cargo test --message-format=json`.
#[derive(Deserialize)]
struct Message {
    target: Option<Artifact>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Artifact {
    kind: Vec<String>,
    name: String,
}

/// What became of some tests.
#[derive(Debug, Default)]
pub(super) struct Ran {
    pub passed: Vec<String>,
    pub failed: Vec<String>,
}

impl Suite {
    /// Builds the test programs once, with these features.
    pub(super) fn build(features: &str) -> Result<Suite> {
        let mut build = cargo();
        build.args(["test", "--no-run", "--locked", "--features", features]);
        build.args([
            "--message-format=json-render-diagnostics",
            "--lib",
            "--test",
            "platform",
            "--test",
            "shop",
        ]);
        build.args(["--package", "platform", "--package", "inventory", "--package", "tests"]);
        // Diagnostics and progress go where ours go.
        let built = build.stderr(Stdio::inherit()).output().context("cargo could not be started")?;
        if !built.status.success() {
            bail!("the tests do not build with the features {features}");
        }
        let built = String::from_utf8(built.stdout)?;
        let found = Target::ALL.map(|target| Ok((target, executable(&built, target.artifact())?)));
        Ok(Suite(found.into_iter().collect::<Result<_>>()?))
    }

    /// Runs the tests whose name contains `filter`, with these variables.
    pub(super) fn run(&self, target: Target, filter: &str, variables: &[(&str, &str)]) -> Result<Ran> {
        let program = self.0.get(&target).context("a target that was not built")?;
        let mut tests = Command::new(program);
        command::without_holdfast_settings(&mut tests);
        tests
            .arg(filter)
            .envs(variables.iter().copied())
            .current_dir(workspace_root().join(target.package()));
        let output = tests.output().with_context(|| format!("{} cannot be started", program.display()))?;
        let ran = Ran::read(&String::from_utf8_lossy(&output.stdout));
        if ran.passed.is_empty() && ran.failed.is_empty() {
            bail!("no test in {target:?} has {filter} in its name");
        }
        Ok(ran)
    }
}

fn executable(built: &str, (kind, name): (&str, &str)) -> Result<PathBuf> {
    let messages = built.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let programs = messages.filter_map(|message| message.target.zip(message.executable));
    let ours = |target: &Artifact| target.name == name && target.kind.iter().any(|one| one == kind);
    let mut found = programs.filter(|(target, _)| ours(target)).map(|(_, program)| program);
    found
        .next()
        .with_context(|| format!("cargo built no test program for {}", Path::new(kind).join(name).display()))
}

impl Ran {
    fn read(output: &str) -> Ran {
        let mut ran = Ran::default();
        for line in output.lines() {
            let Some((name, outcome)) = line.strip_prefix("test ").and_then(|line| line.rsplit_once(" ... "))
            else {
                continue;
            };
            match outcome {
                "ok" => ran.passed.push(name.to_owned()),
                "FAILED" => ran.failed.push(name.to_owned()),
                _ => {}
            }
        }
        ran
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_test_program_says_is_read() {
        let ran = Ran::read(
            "running 3 tests\ntest a::b ... ok\ntest c - should panic ... FAILED\ntest d ... ignored\n\nfailures:\n",
        );
        assert_eq!((ran.passed, ran.failed), (vec!["a::b".to_owned()], vec!["c - should panic".to_owned()]));
    }

    #[test]
    fn the_right_program_is_found() {
        let built = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"platform"},"executable":"/unit"}
            {"reason":"compiler-artifact","target":{"kind":["test"],"name":"platform"},"executable":"/integration"}
            {"reason":"build-finished","success":true}"#;
        assert_eq!(executable(built, ("test", "platform")).unwrap(), Path::new("/integration"));
        assert!(executable(built, ("test", "shop")).is_err());
    }
}
