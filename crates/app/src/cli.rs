//! The commands.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "commands answer on the terminal")]

mod about;
mod analytics;
mod audit;
mod check;
mod events;
mod notifications;
mod sagas;
mod subscriptions;
mod transfer;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand};
use kernel::{CallCtx, Clock, SystemClock};
use platform::telemetry;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{self, Config};
use crate::demo::Seeded;
use crate::shop::{self, Shop};
use crate::wiring::Modules;

/// A commerce backend in which every fact has exactly one owner.
///
/// Without a command it serves a shop: on SQLite in ./data, on http://127.0.0.1:8080. Settings come from holdfast.toml
/// and from the environment, which wins: HOLDFAST_LISTEN, HOLDFAST_DATA_DIR, HOLDFAST_DATABASE_URL=postgres://…,
/// HOLDFAST_ADMIN_TOKEN, HOLDFAST_LOG, HOLDFAST_LOG_FORMAT=json.
#[derive(Debug, Parser)]
#[command(
    name = "holdfast",
    version,
    after_help = "Begin with `holdfast serve --demo` and open http://127.0.0.1:8080/docs/"
)]
pub struct Arguments {
    /// Read settings from this file instead of ./holdfast.toml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only these modules live in this process, separated by commas; the others are where modules.NAME.url or elsewhere says
    #[arg(long, global = true, value_name = "MODULES", value_delimiter = ',')]
    only: Vec<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the shop until SIGTERM or Ctrl-C, then finish what is in flight and exit 0
    Serve(Serve),
    /// Bring all tables up to date and exit; serve does it by itself
    Migrate,
    /// Add a demo shop to an empty one: products, stock, customers, and the orders of the past weeks
    Seed,
    /// Verify the invariants on the stored data, also beside a running shop; exit 1 and a list where one is broken
    Check(check::Check),
    /// List the modules: where their tables live, what others may call
    Modules,
    /// List who owns which fact, who keeps a copy of it, who calls whom and who hears whom
    Ownership {
        /// As JSON, like GET /v1/admin/ownership
        #[arg(long)]
        json: bool,
    },
    /// Look through the event log of a module, or print what events there are
    #[command(subcommand)]
    Events(events::Events),
    /// Show who hears whom and how far; pause, replay, and see to events that could not be applied
    #[command(subcommand)]
    Subscriptions(subscriptions::Subscriptions),
    /// Show what is under way across modules, such as orders being placed; retry it, or give it up
    #[command(subcommand)]
    Sagas(sagas::Sagas),
    /// Make the rows that reports are read from anew, also beside a running shop
    #[command(subcommand)]
    Analytics(analytics::Analytics),
    /// Verify the log of who did what to whom
    #[command(subcommand)]
    Audit(audit::Audit),
    /// See the mails that the shop writes
    #[command(subcommand)]
    Notifications(notifications::Notifications),
    /// Write a module's whole store into a file, to move it to another database or engine
    Export(transfer::Export),
    /// Fill a module's empty tables from such a file: all of it, or nothing
    Import(transfer::Import),
    /// Print the number of rows and a hash of every table, the same on either engine
    Digest(transfer::Digest),
    /// Print the OpenAPI document that the server serves at /openapi.json
    Openapi,
}

#[derive(Debug, Default, Args)]
struct Serve {
    /// Add a demo shop first, once
    #[arg(long)]
    demo: bool,
}

/// For one look at the tables, or one change.
const BUDGET: Duration = Duration::from_secs(30);

fn operator_cx(command: &'static str) -> CallCtx {
    let mut cx = CallCtx::system(command, BUDGET);
    cx.principal = config::operator(command);
    cx
}

/// Runs a command to its end.
pub fn run(arguments: Arguments) -> ExitCode {
    match execute(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("holdfast: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let config = config::load(arguments.config.as_deref(), arguments.only)?;
    telemetry::start_logging(config.log_format, &config.log).map_err(|error| anyhow::anyhow!(error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        match arguments.command.unwrap_or(Command::Serve(Serve::default())) {
            Command::Serve(serve) => self::serve(config, &serve).await,
            Command::Migrate => migrate(&config).await,
            Command::Seed => seed(&config).await,
            Command::Check(check) => check::run(&open(&config)?, &check).await,
            Command::Modules => about::modules(&config),
            Command::Ownership { json } => about::ownership(&config, json),
            Command::Events(events) => events::run(&config, events).await,
            Command::Subscriptions(command) => subscriptions::run(&open(&config)?, &config, command).await,
            Command::Sagas(command) => sagas::run(&open(&config)?, command).await,
            Command::Analytics(command) => analytics::run(&open(&config)?, command).await,
            Command::Audit(command) => audit::run(&open(&config)?, command).await,
            Command::Notifications(command) => notifications::run(&config, &command),
            Command::Export(export) => transfer::export(&config, export).await,
            Command::Import(import) => transfer::import(&config, import).await,
            Command::Digest(digest) => transfer::digest(&config, digest).await,
            Command::Openapi => about::openapi(&config),
        }
    })
}

async fn serve(config: Config, options: &Serve) -> anyhow::Result<ExitCode> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Before anything is opened, so that no signal is missed.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    if options.demo {
        let _lock = shop::lock(&config)?;
        shop::migrate(&config).await?;
        report_seed(shop::seed(&config, &*clock).await?.as_ref());
    }
    let (engine, data_dir) = (config.engine_name(), config.data_dir.clone());
    let shop = Shop::open(config, clock).await?;
    greet(&shop, engine, &data_dir);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    eprintln!("Finishing what is in flight; a second signal stops at once.");
    tokio::select! {
        closed = shop.close() => closed.map(|()| ExitCode::SUCCESS),
        _ = terminate.recv() => Ok(ExitCode::FAILURE),
        _ = interrupt.recv() => Ok(ExitCode::FAILURE),
    }
}

fn greet(shop: &Shop, engine: &str, data_dir: &Path) {
    let url = format!("http://{}", shop.address());
    let dir = std::path::absolute(data_dir).unwrap_or_else(|_| data_dir.to_owned());
    let (told, bearer) = match (shop.admin_token(), shop.admin_token_file()) {
        (None, _) => ("off; log in: POST /v1/sessions".to_owned(), "$TOKEN".to_owned()),
        (Some(_), Some(file)) => {
            let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
            (format!("in {}", file.display()), format!("$(cat '{}')", file.display()))
        }
        (Some(_), None) => (
            "as HOLDFAST_ADMIN_TOKEN or holdfast.toml gives it".to_owned(),
            "$HOLDFAST_ADMIN_TOKEN".to_owned(),
        ),
    };
    println!(
        "\
The shop is open.
  listening    {url}
  engine       {engine}
  data         {}
  admin token  {told}
  API docs     {url}/docs/

Try:
  curl -s {url}/v1/products
  curl -s {url}/v1/orders -H \"Authorization: Bearer {bearer}\"
",
        dir.display()
    );
}

async fn migrate(config: &Config) -> anyhow::Result<ExitCode> {
    let _lock = shop::lock(config)?;
    let done = shop::migrate(config).await?;
    for migration in &done {
        println!("{migration}");
    }
    println!(
        "{}",
        if done.is_empty() { "All tables were up to date." } else { "All tables are up to date." }
    );
    Ok(ExitCode::SUCCESS)
}

async fn seed(config: &Config) -> anyhow::Result<ExitCode> {
    let _lock = shop::lock(config)?;
    shop::migrate(config).await?;
    report_seed(shop::seed(config, &SystemClock).await?.as_ref());
    Ok(ExitCode::SUCCESS)
}

fn report_seed(seeded: Option<&Seeded>) {
    match seeded {
        Some(Seeded { products, customers, orders }) => {
            println!("The demo shop has {products} products, {customers} customers and {orders} orders.");
        }
        None => println!("The demo shop is there already."),
    }
}

/// The modules of a shop that exists, without starting it.
fn open(config: &Config) -> anyhow::Result<Modules> {
    for module in config.here() {
        let file = config.data_dir.join(module).with_extension("db");
        let sqlite = matches!(config.database(module), platform::store::Database::Sqlite { .. });
        if sqlite && !file.exists() {
            bail!("there is no shop in {}; `holdfast serve` opens one", config.data_dir.display());
        }
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Modules::open(config, &clock, &tokio::runtime::Handle::current())
}
