//! What the binary knows about itself.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use kernel::{Clock, SystemClock};

use crate::config::Config;
use crate::manifest::{Copied, Ownership};
use crate::ownership::{self, Owned};
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

pub(super) fn ownership(json: bool) -> anyhow::Result<ExitCode> {
    let modules = scratch_modules()?;
    let map = ownership::map(&modules.1.all)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&map)?);
    } else {
        map.iter().for_each(print_owned);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_owned(owned: &Owned) {
    let Ownership { module, tables, calls, listens, facts, copies, .. } = &owned.ownership;
    println!("{module}");
    if facts.is_empty() {
        println!("  {:<6} {}", "owns", tables.join(", "));
    }
    for (fact, tables) in facts {
        println!("  {:<6} {fact} ({})", "owns", tables.join(", "));
    }
    for Copied { what, of, tables, kept, age } in copies {
        println!("  {:<6} {what}, of {of} ({}): {kept}; {age}", "copies", tables.join(", "));
    }
    let methods: Vec<&str> = owned.methods.iter().map(|method| method.name).collect();
    let events: Vec<&str> = owned.events.iter().map(|event| event.event_type).collect();
    let (calls, listens) = (calls.iter().map(String::as_str), listens.iter().map(String::as_str));
    for (what, names) in
        [("offers", methods), ("tells", events), ("calls", calls.collect()), ("hears", listens.collect())]
    {
        if !names.is_empty() {
            println!("  {what:<6} {}", names.join(", "));
        }
    }
}

pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    let modules = scratch_modules()?;
    println!("{}", crate::web::document(&modules.1.all).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn asyncapi() -> anyhow::Result<ExitCode> {
    let modules = scratch_modules()?;
    println!("{:#}", crate::asyncapi::document(&ownership::map(&modules.1.all)?));
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
