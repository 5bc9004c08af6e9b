//! What the binary knows about itself.

use std::process::ExitCode;
use std::sync::Arc;

use platform::Module;
use platform::store::Database;

use crate::config::{Config, Place};
use crate::manifest::{Copied, Ownership};
use crate::ownership::{self, Owned};
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

pub(super) fn ownership(config: &Config, json: bool) -> anyhow::Result<ExitCode> {
    let map = ownership::map(&described(config)?)?;
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

pub(super) fn openapi(config: &Config) -> anyhow::Result<ExitCode> {
    println!("{}", crate::web::document(&described(config)?).to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn asyncapi(config: &Config) -> anyhow::Result<ExitCode> {
    println!("{:#}", crate::asyncapi::document(&ownership::map(&described(config)?)?));
    Ok(ExitCode::SUCCESS)
}

/// All modules, to be asked what they are.
fn described(config: &Config) -> anyhow::Result<Vec<Arc<dyn Module>>> {
    Ok(Modules::described(config, &tokio::runtime::Handle::current())?.known)
}
