//! `holdfast subscriptions`: who hears whom, and what stands in the way.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use platform::Change;
use platform::events::subscription::{Dispatcher, LetterState, OperateError, Subscription};
use platform::store::Tx;

use super::operator_cx;
use crate::config::Config;
use crate::wiring::Modules;

/// Letters that are listed at once.
const PAGE: i64 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Subscriptions {
    /// List who hears whom, how far, and how far behind that is
    List,
    /// Stop hearing; events wait in the source's log
    Pause { name: String },
    /// Go on hearing, and try at once what was put off
    Resume { name: String },
    /// Hear everything after a place in the source's log again
    Replay {
        name: String,
        /// 0 is before the first event
        #[arg(long)]
        after: i64,
        /// Only tell what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// List events that could not be applied, and those that wait behind them
    Letters { name: String },
    /// Show one of them as JSON
    Show { name: String, seq: i64 },
    /// Apply one of them, and all that wait behind it
    Retry { name: String, seq: i64 },
    /// Decide that one of them is not to be applied
    Discard {
        name: String,
        seq: i64,
        /// Why
        #[arg(long)]
        note: String,
    },
}

pub(super) async fn run(
    modules: &Modules,
    config: &Config,
    command: Subscriptions,
) -> anyhow::Result<ExitCode> {
    match command {
        Subscriptions::List => list(modules, config).await?,
        Subscriptions::Pause { name } => set_paused(modules, &name, true).await?,
        Subscriptions::Resume { name } => set_paused(modules, &name, false).await?,
        Subscriptions::Replay { name, after, dry_run } => replay(modules, &name, after, dry_run).await?,
        Subscriptions::Letters { name } => letters(modules, &name).await?,
        Subscriptions::Show { name, seq } => {
            let letters = find(modules, &name)?.letters(seq.saturating_sub(1), 1).await?;
            let letter = letters.into_iter().find(|letter| letter.seq == seq);
            let letter = letter.with_context(|| format!("{name} has no letter {seq}"))?;
            println!("{}", serde_json::to_string_pretty(&letter)?);
        }
        Subscriptions::Retry { name, seq } => {
            operate(modules, &name, move |of, tx, change| of.retry(tx, change, seq)).await?;
            println!("Applied.");
        }
        Subscriptions::Discard { name, seq, note } => {
            operate(modules, &name, move |of, tx, change| of.discard(tx, change, seq, &note)).await?;
            println!("Discarded; what waited behind it is applied.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn find(modules: &Modules, name: &str) -> anyhow::Result<Dispatcher> {
    let found = modules.subscriptions().into_iter().find(|one| one.subscription().name() == name);
    found
        .with_context(|| format!("there is no subscription {name}; `holdfast subscriptions list` lists them"))
}

/// Carries a command out in the store of the module that listens.
async fn operate<R: Send + 'static>(
    modules: &Modules,
    name: &str,
    work: impl Fn(&Subscription, &mut Tx<'_>, &Change) -> Result<R, OperateError> + Send + 'static,
) -> anyhow::Result<R> {
    let found = find(modules, name)?;
    let cx = operator_cx("subscriptions");
    let (foundation, change) = (found.foundation().clone(), found.foundation().change(&cx));
    let work = move |tx: &mut Tx<'_>| work(found.subscription(), tx, &change);
    Ok(foundation.store.write(&cx, "platform.operate", work).await?)
}

async fn list(modules: &Modules, config: &Config) -> anyhow::Result<()> {
    for subscription in modules.subscriptions() {
        let report = subscription.report(config.events.tolerance()).await?;
        let (at, lag) = (report.standing, report.lag);
        println!(
            "{:<26} hears {:<10} at {:>9}, {} behind{}",
            at.name,
            at.source,
            at.seq,
            lag.lag_events,
            if at.paused { ", paused" } else { "" }
        );
        if at.dead > 0 {
            println!("{:<26}   {} dead letters, {} wait behind them", "", at.dead, at.parked);
        }
        for trouble in lag.alarm.iter().chain(&at.last_error) {
            println!("{:<26}   {trouble}", "");
        }
    }
    Ok(())
}

async fn set_paused(modules: &Modules, name: &str, paused: bool) -> anyhow::Result<()> {
    operate(modules, name, move |of, tx, _| of.set_paused(tx, paused)).await?;
    println!("{}", if paused { "Paused." } else { "It goes on." });
    Ok(())
}

async fn replay(modules: &Modules, name: &str, after: i64, dry_run: bool) -> anyhow::Result<()> {
    find(modules, name)?.keep_after(after, dry_run).await?;
    let replay = operate(modules, name, move |of, tx, _| of.replay(tx, after, dry_run)).await?;
    let would = if dry_run { "would hear" } else { "hears" };
    println!("It {would} {} events again, those after {}.", replay.from - replay.to, replay.to);
    Ok(())
}

async fn letters(modules: &Modules, name: &str) -> anyhow::Result<()> {
    for letter in find(modules, name)?.letters(0, PAGE).await? {
        let state = match letter.state {
            LetterState::Dead => "dead",
            LetterState::Parked => "parked",
            LetterState::Discarded => "discarded",
        };
        println!(
            "{:>9}  {state:<9} {:<24} {}  {}",
            letter.seq,
            letter.event.event_type,
            letter.event.aggregate_id,
            letter.error.or(letter.note).unwrap_or_default()
        );
    }
    Ok(())
}
