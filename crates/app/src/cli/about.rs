//! What the binary knows about itself.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use kernel::{Clock, SystemClock};

use crate::config::Config;
use crate::manifest::{self, Ownership};
use crate::wiring::Modules;

pub(super) fn modules(config: &Config) -> anyhow::Result<ExitCode> {
    let modules = scratch_modules()?;
    for module in &modules.1.all {
        let place = match config.database(module.name()) {
            platform::store::Database::Sqlite { dir } => format!("{}/{}.db", dir.display(), module.name()),
            platform::store::Database::Postgres { .. } => "PostgreSQL".to_owned(),
        };
        println!("{:<12} {place}", module.name());
        for method in module.methods() {
            println!(
                "{:<12}   {:?} {}({}) -> {}",
                "", method.kind, method.method, method.request, method.reply
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn ownership() -> anyhow::Result<ExitCode> {
    for Ownership { module, tables, calls, listens, .. } in manifest::read()? {
        println!("{module}");
        for (what, names) in [("owns", tables), ("calls", calls), ("hears", listens)] {
            if !names.is_empty() {
                println!("  {what:<6} {}", names.join(", "));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    let modules = scratch_modules()?;
    println!("{}", crate::web::document(&modules.1.all).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

/// Modules that are only asked about themselves: their tables are empty files that go away again.
fn scratch_modules() -> anyhow::Result<(Scratch, Modules)> {
    let dir = std::env::temp_dir().join(format!("holdfast-about-{}", std::process::id()));
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot write to {}", dir.display()))?;
    let scratch = Scratch(dir.clone());
    let config = Config { data_dir: dir, ..Config::default() };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let modules = Modules::open(&config, &clock, &tokio::runtime::Handle::current())?;
    Ok((scratch, modules))
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is empty.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
