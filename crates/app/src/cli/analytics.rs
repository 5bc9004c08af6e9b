//! `holdfast analytics`: the rows that reports are read from.

use std::process::ExitCode;

use ::analytics::Progress;
use anyhow::bail;
use clap::Subcommand;

use crate::wiring::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Analytics {
    /// Make all rows anew from the events; the old ones are read until the new ones are complete
    Rebuild,
}

pub(super) async fn run(modules: &Modules, command: Analytics) -> anyhow::Result<ExitCode> {
    if !modules.lives_here("analytics") {
        bail!("analytics lives in another process; rebuild it there");
    }
    match command {
        Analytics::Rebuild => modules.analytics.rebuild(tell).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Now and then.
const EVERY: i64 = 50_000;

fn tell(progress: Progress) {
    match progress {
        Progress::Heard { source, events } if events % EVERY == 0 => eprintln!("{source}: {events} events"),
        Progress::Heard { .. } => {}
        Progress::Exchanged => println!("The new rows are read from now on."),
        Progress::Swept => println!("The old rows are gone."),
    }
}
