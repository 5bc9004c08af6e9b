use std::process::Command;

use anyhow::{Context, Result, bail};

/// Announces a step, so that a long log can be read by its headings.
pub(crate) fn heading(text: &str) {
    println!("\n=== {text}");
}

/// Runs a program with our own input and output, after showing what is run.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    println!("$ {shown}");
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Runs a program and gives its standard output; a failure carries what it said on standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command.output().with_context(|| format!("`{shown}` could not be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{shown}` failed ({}):\n{}", output.status, said.trim_end());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a program is installed: it is, if it can be asked for its version.
pub(crate) fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A child must not see the settings of whoever runs the checks: only ours decide what it does.
pub(crate) fn without_holdfast_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HOLDFAST_") {
            command.env_remove(name);
        }
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_what_it_said() {
        let error =
            output(Command::new("sh").args(["-c", "echo no luck >&2; exit 2"])).unwrap_err().to_string();
        assert!(error.contains("sh -c") && error.contains("no luck"), "{error}");
        assert!(run(&mut Command::new("false")).unwrap_err().to_string().contains("`false` failed"));
    }

    #[test]
    fn only_what_runs_is_installed() {
        assert!(is_installed("cargo") && !is_installed("no-such-program"));
    }
}
