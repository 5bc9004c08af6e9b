//! `holdfast export`, `import` and `digest`: a module's store as a file, and what is in it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use kernel::{CallCtx, Clock, SystemClock};
use platform::store::{Database, Ownership, Standstill, Store};
use platform::transfer::{self, Contents, Draft, TableContents};
use tokio::runtime::Handle;

use crate::config::{Config, Place};
use crate::data_dir::{self, DirLock};
use crate::wiring::OWNERSHIPS;

/// Longer than it takes.
const BUDGET: Duration = Duration::from_secs(7 * 24 * 3600);
const ENDING: &str = "jsonl";

#[derive(Debug, Args)]
#[command(after_help = "\
The shop must be stopped, so that all modules' files are of one moment. A file holds everything in the module's tables:
rows, events with their numbers, cursors of subscriptions, dead letters, effects, sagas, idempotency records. Files that
the configuration names, such as profile pictures, are not in it. It holds customers' addresses and is readable by you only.

Move a shop from SQLite to PostgreSQL:
  holdfast export --all --to move
  export HOLDFAST_DATABASE_URL=postgres://…
  holdfast migrate
  holdfast import --all move
  holdfast check")]
pub(super) struct Export {
    /// The module to export, such as `order`
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    module: Option<String>,
    /// Export every module, each into a file <MODULE>.jsonl of the directory that --to names
    #[arg(long, requires = "to")]
    all: bool,
    /// Where to; a file that is there already is left alone. Without it, one module goes to standard output
    #[arg(long, value_name = "FILE|DIR")]
    to: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(
    allow_missing_positional = true,
    after_help = "\
The tables must be migrated (`holdfast migrate`) by the release that wrote the file, and nothing may have happened in them;
the shop must be stopped. The file is verified first. Each module is one transaction: whatever is refused, its tables are
left as they were. With --all, modules that were imported before one was refused stay; say `holdfast import <MODULE> <FILE>`
for the others, or begin with a new database."
)]
pub(super) struct Import {
    /// The module whose tables are filled, such as `order`
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    module: Option<String>,
    /// What `holdfast export` wrote: a file, or with --all the directory
    #[arg(value_name = "FILE|DIR")]
    from: PathBuf,
    /// Import every module from <MODULE>.jsonl of a directory
    #[arg(long)]
    all: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
The same on SQLite and PostgreSQL, so the two ends of a move can be compared:
  diff <(holdfast --config old.toml digest) <(holdfast --config new.toml digest)")]
pub(super) struct Digest {
    /// Only of this module
    module: Option<String>,
}

pub(super) async fn export(config: &Config, Export { module, all, to }: Export) -> anyhow::Result<ExitCode> {
    let chosen = choose(config, module.as_deref())?;
    let _still = stand_still(config, &chosen)?;
    if let Some(directory) = to.as_deref().filter(|_| all) {
        data_dir::create(directory)?;
    }
    for ownership in chosen {
        let store = open(config, ownership)?;
        let path = to.as_deref().map(|to| if all { file_of(to, ownership) } else { to.to_owned() });
        let (contents, place) = match &path {
            Some(path) => (to_file(&store, path).await?, path.display().to_string()),
            None => (to_stdout(&store).await?, "standard output".to_owned()),
        };
        tell(ownership.module, &contents, &place);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn import(
    config: &Config,
    Import { module, from, all }: Import,
) -> anyhow::Result<ExitCode> {
    let chosen = choose(config, module.as_deref())?;
    let files: Vec<PathBuf> =
        chosen.iter().map(|ownership| if all { file_of(&from, *ownership) } else { from.clone() }).collect();
    // Before the first one is imported.
    if let Some(missing) = files.iter().find(|file| !file.is_file()) {
        bail!("there is no file {}", missing.display());
    }
    let _still = stand_still(config, &chosen)?;
    for (ownership, file) in chosen.into_iter().zip(&files) {
        let store = open(config, ownership)?;
        let contents = transfer::import(&store, &cx("import"), file)
            .await
            .with_context(|| format!("cannot import {} into {}", file.display(), ownership.module))?;
        tell(ownership.module, &contents, &file.display().to_string());
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn digest(config: &Config, Digest { module }: Digest) -> anyhow::Result<ExitCode> {
    for ownership in choose(config, module.as_deref())? {
        let store = open(config, ownership)?;
        let module = ownership.module;
        let contents = transfer::contents(&store, &cx("digest"))
            .await
            .with_context(|| format!("cannot read the tables of {module}"))?;
        for TableContents { name, rows, sha256 } in &contents.tables {
            println!("{:<44} {rows:>10} rows  {sha256}", format!("{module}.{name}"));
        }
        for (name, last) in &contents.sequences {
            println!("{:<44} {last:>10} last", format!("{module}.{name}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn cx(command: &'static str) -> CallCtx {
    CallCtx::system(command, BUDGET)
}

/// One module, or all that live here.
fn choose(config: &Config, module: Option<&str>) -> anyhow::Result<Vec<Ownership>> {
    let all = || OWNERSHIPS.iter().copied().filter(|of| config.place(of.module) == Place::Here);
    let Some(name) = module else { return Ok(all().collect()) };
    match all().find(|ownership| ownership.module == name) {
        Some(ownership) => Ok(vec![ownership]),
        None => {
            let names: Vec<&str> = all().map(|ownership| ownership.module).collect();
            bail!("there is no module {name} here; there are {}", names.join(", "))
        }
    }
}

fn file_of(directory: &Path, ownership: Ownership) -> PathBuf {
    directory.join(ownership.module).with_extension(ENDING)
}

fn open(config: &Config, ownership: Ownership) -> anyhow::Result<Store> {
    let (module, database) = (ownership.module, config.database(ownership.module));
    if let Database::Sqlite { dir } = &database
        && !dir.join(module).with_extension("db").exists()
    {
        bail!("there are no tables of {module} in {}; `holdfast migrate` makes them", dir.display());
    }
    Store::open(ownership, &database, Handle::current())
        .with_context(|| format!("cannot open the tables of {module}"))
}

/// What keeps others from serving these modules.
struct Still {
    _directory: Option<DirLock>,
    _databases: Vec<Standstill>,
}

fn stand_still(config: &Config, of: &[Ownership]) -> anyhow::Result<Still> {
    let databases: Vec<Database> = of.iter().map(|ownership| config.database(ownership.module)).collect();
    let on_sqlite = databases.iter().any(|database| matches!(database, Database::Sqlite { .. }));
    let directory = on_sqlite.then(|| data_dir::lock(&config.data_dir)).transpose()?;
    let urls: BTreeSet<&str> = databases
        .iter()
        .filter_map(|database| match database {
            Database::Postgres { url, .. } => Some(url.as_str()),
            Database::Sqlite { .. } => None,
        })
        .collect();
    let mut held = Vec::new();
    for url in urls {
        let still = Standstill::of(url).context("cannot reach the database")?;
        held.push(still.context("an instance serves this database; stop them all first")?);
    }
    Ok(Still { _directory: directory, _databases: held })
}

async fn to_file(store: &Store, path: &Path) -> anyhow::Result<Contents> {
    let cannot = || format!("cannot write {}", path.display());
    let draft = Draft::create(path).with_context(cannot)?;
    let (draft, contents) = transfer::export(store, &cx("export"), SystemClock.now(), draft)
        .await
        .with_context(|| format!("cannot export {}", store.module()))?;
    draft.keep().with_context(cannot)?;
    Ok(contents)
}

async fn to_stdout(store: &Store) -> anyhow::Result<Contents> {
    let (mut out, contents) = transfer::export(store, &cx("export"), SystemClock.now(), std::io::stdout())
        .await
        .with_context(|| format!("cannot export {}", store.module()))?;
    out.flush()?;
    Ok(contents)
}

/// Beside what may go to standard output.
fn tell(module: &str, contents: &Contents, place: &str) {
    eprintln!("{module:<12} {:>10} rows in {} tables  {place}", contents.rows(), contents.tables.len());
}
