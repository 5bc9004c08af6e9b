//! What the binary knows about itself.

use std::process::ExitCode;
use std::sync::Arc;

use platform::Module;
use platform::store::Database;

use crate::config::{Config, Place};
use crate::manifest::{self, Ownership};
use crate::wiring::Modules;

pub(super) fn modules(config: &Config) -> anyhow::Result<ExitCode> {
    for module in described(config)? {
        let place = match (config.place(module.name()), config.database(module.name())) {
            (Place::At(url), _) => url.to_owned(),
            (Place::Here, Database::Sqlite { dir }) => format!("{}/{}.db", dir.display(), module.name()),
            (Place::Here, Database::Postgres { .. }) => "PostgreSQL".to_owned(),
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

pub(super) fn openapi(config: &Config) -> anyhow::Result<ExitCode> {
    println!("{}", crate::web::document(&described(config)?).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

/// All modules, to be asked what they are.
fn described(config: &Config) -> anyhow::Result<Vec<Arc<dyn Module>>> {
    Ok(Modules::described(config, &tokio::runtime::Handle::current())?.known)
}
