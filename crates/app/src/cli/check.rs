use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use platform::Violation;

use crate::checks;
use crate::wiring::Modules;

#[derive(Debug, Default, Args)]
pub(super) struct Check {
    /// Only compare every copy that a module keeps with its owner
    #[arg(long)]
    drift: bool,
    /// Make the copies that differ anew, from their owners
    #[arg(long, requires = "drift")]
    repair: bool,
}

pub(super) async fn run(modules: &Modules, check: &Check) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let progress = |what: &str, found: usize| {
        let verdict = if found == 0 { "in order".to_owned() } else { format!("{found} violations") };
        eprintln!("{:6.1} s  {what}: {verdict}", started.elapsed().as_secs_f64());
    };
    if !check.drift {
        return Ok(tell(&checks::invariants(modules, progress).await?, "All invariants hold."));
    }
    let mut found = checks::copies(modules, check.repair, progress).await?;
    if check.repair {
        for Violation { subject, detail, .. } in &found {
            println!("made anew: {subject} {detail}");
        }
        // What is wrong now could not be healed.
        found = checks::copies(modules, false, progress).await?;
    }
    Ok(tell(&found, "All copies are as their owners have them."))
}

fn tell(violations: &[Violation], praise: &str) -> ExitCode {
    for violation in violations {
        println!("invariant {}: {} {}", violation.invariant, violation.subject, violation.detail);
    }
    if violations.is_empty() {
        println!("{praise}");
        return ExitCode::SUCCESS;
    }
    println!("{} violations.", violations.len());
    ExitCode::FAILURE
}
