//! `holdfast events`: what happened.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use kernel::CallCtx;
use platform::events::browse::{self, Filter};
use platform::events::feed::Logged;
use platform::store::{Store, StoreError};

use super::{BUDGET, about};
use crate::config::Config;
use crate::wiring::Modules;

#[derive(Debug, Subcommand)]
pub(super) enum Events {
    /// List events of a module, oldest first
    List(List),
    /// Print one event as JSON
    Show {
        module: String,
        /// Its place in the log
        seq: i64,
    },
    /// Print the AsyncAPI document of all events, with the shapes of their data
    Asyncapi,
}

#[derive(Debug, Args)]
pub(super) struct List {
    module: String,
    /// Only those after this place in the log
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// Only of this type, such as order.created
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// Only of this thing, such as ord_…
    #[arg(long, value_name = "ID")]
    aggregate: Option<String>,
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub(super) async fn run(config: &Config, command: Events) -> anyhow::Result<ExitCode> {
    let cx = CallCtx::system("events", BUDGET);
    match command {
        Events::List(List { module, after, event_type, aggregate, limit }) => {
            let filter = Filter { event_type, aggregate_id: aggregate };
            let modules = super::open(config)?;
            let browse = store(&modules, &module)?
                .read(&cx, move |db| browse::browse(db, &filter, after, i64::from(limit)));
            let events: Result<Vec<Logged>, StoreError> = browse.await;
            for Logged { seq, event, .. } in events? {
                println!(
                    "{seq:>9}  {}  {:<24} {} v{}",
                    event.occurred_at, event.event_type, event.aggregate_id, event.aggregate_version
                );
            }
        }
        Events::Show { module, seq } => {
            let modules = super::open(config)?;
            let found: Result<Option<Logged>, StoreError> =
                store(&modules, &module)?.read(&cx, move |db| browse::at(db, seq)).await;
            let found = found?.with_context(|| format!("the log of {module} has no event {seq}"))?;
            println!("{}", serde_json::to_string_pretty(&found.event)?);
        }
        Events::Asyncapi => return about::asyncapi(config),
    }
    Ok(ExitCode::SUCCESS)
}

fn store<'a>(modules: &'a Modules, name: &str) -> anyhow::Result<&'a Store> {
    let found = modules.here.iter().find(|module| module.name() == name);
    found.map(|module| module.store()).with_context(|| format!("there is no module {name}"))
}
