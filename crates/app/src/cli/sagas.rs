//! `holdfast sagas`: what is under way across modules.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Subcommand, ValueEnum};
use platform::Change;
use platform::saga::{Operable, OperateError, Standing, State};
use platform::store::{Key, Tx};

use super::operator_cx;
use crate::wiring::Modules;

/// Sagas that are listed at once.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Sagas {
    /// List what is not over, oldest first
    List {
        /// Only what stands so
        #[arg(long)]
        state: Option<Standstill>,
    },
    /// Show one as JSON
    Show { id: String },
    /// Have one taken up now, whoever has it and whatever it waits for
    Retry { id: String },
    /// Give one up: what it did is undone
    Discard {
        id: String,
        /// Why
        #[arg(long)]
        note: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Standstill {
    Running,
    Waiting,
    Stuck,
}

impl From<Standstill> for State {
    fn from(state: Standstill) -> State {
        match state {
            Standstill::Running => State::Running,
            Standstill::Waiting => State::Waiting,
            Standstill::Stuck => State::Stuck,
        }
    }
}

pub(super) async fn run(modules: &Modules, command: Sagas) -> anyhow::Result<ExitCode> {
    match command {
        Sagas::List { state } => {
            for kind in modules.sagas() {
                kind.list(state.map(State::from), None, PAGE).await?.iter().for_each(print);
            }
        }
        Sagas::Show { id } => {
            let (kind, key) = find(modules, &id)?;
            let found =
                kind.find(key).await?.with_context(|| format!("there is no saga {id}, or it is over"))?;
            println!("{}", serde_json::to_string_pretty(&found)?);
        }
        Sagas::Retry { id } => {
            operate(modules, &id, |kind, tx, change, key| kind.retry(tx, change, key)).await?;
            println!("It is taken up within a second by a shop that runs, or by the next that starts.");
        }
        Sagas::Discard { id, note } => {
            if note.trim().is_empty() {
                bail!("--note must say why");
            }
            operate(modules, &id, move |kind, tx, change, key| kind.discard(tx, change, key, &note)).await?;
            println!("Given up.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(saga: &Standing) {
    println!(
        "{}  {:<12} {:<8} next look {}  {}",
        saga.id,
        saga.name,
        saga.state.name(),
        saga.lease_until,
        saga.last_error.as_deref().unwrap_or_default()
    );
}

fn find(modules: &Modules, id: &str) -> anyhow::Result<(Arc<dyn Operable>, Key)> {
    let mut named = modules.sagas().into_iter().filter_map(|kind| kind.parse(id).map(|key| (kind, key)));
    named.next().with_context(|| format!("{id} is the id of no saga"))
}

/// Carries a command out in the store of the module that leads the saga.
async fn operate(
    modules: &Modules,
    id: &str,
    work: impl Fn(&dyn Operable, &mut Tx<'_>, &Change, Key) -> Result<(), OperateError> + Send + 'static,
) -> anyhow::Result<()> {
    let (kind, key) = find(modules, id)?;
    let cx = operator_cx("sagas");
    let (foundation, change) = (kind.foundation().clone(), kind.foundation().change(&cx));
    let work = move |tx: &mut Tx<'_>| work(kind.as_ref(), tx, &change, key);
    Ok(foundation.store.write(&cx, "saga.operate", work).await?)
}
