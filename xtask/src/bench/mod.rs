//! `cargo xtask bench`: how fast the shop is, as ratios to something measured on the same machine in the same run,
//! since absolute figures tell more about the machine than about the program.

mod apart;
pub mod bare;
mod catalogue;
mod driver;
mod figure;
mod growth;
mod http;
mod machine;
mod pgbench;
mod process;
mod report;
mod reports;
mod requests;
mod round;
mod servers;

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use testkit_pg::{Cluster, Durability};

use crate::{cargo, command};
use figure::Figures;
use servers::{Server, Storage};

/// Measure the release binary and write docs/benchmarks.md.
///
/// Starts its own PostgreSQL (fully durable) and its own servers, loads 1,000 products with 3 variants each over REST,
/// and drives real HTTP with keep-alive connections. Orders are compared with what pgbench reaches when it does
/// the same writes in one transaction; reading a product, with a bare actix handler that returns the same bytes. Every
/// round starts from an empty shop and measures everything in turn; the tables show medians and the spread over the rounds.
///
/// All files lie in the directory for temporary files (TMPDIR), which should be on a disk, not in memory.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// How long each measurement takes, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How many orders are stored before "growth" is measured
    #[arg(long, default_value_t = 1_000_000, value_name = "ORDERS")]
    growth: u64,
    /// Leave out "growth", the longest part
    #[arg(long)]
    skip_growth: bool,
    /// Also measure reports, with as many orders in the log; 1000000 is what the aims are about
    #[arg(long, value_name = "ORDERS")]
    reports: Option<u64>,
    /// Also measure calls between modules, and each module in a process of its own
    #[arg(long)]
    apart: bool,
    /// Only print; leave docs/benchmarks.md as it is
    #[arg(long)]
    no_write: bool,
    /// A built `holdfast` to measure, instead of building one
    #[arg(long, value_name = "PATH")]
    bin: Option<PathBuf>,
}

/// Everything that stays the same over a run.
struct Bench {
    binary: PathBuf,
    cluster: Cluster,
    runtime: tokio::runtime::Runtime,
    seconds: Duration,
}

/// # Errors
/// When something does not build or start, or a server dies. A missed aim is no error: the report says by how much.
pub fn run(args: &Args) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_in_release();
    }
    let bench = Bench::start(args)?;
    let mut figures = Figures::default();
    let measured = bench.measure(args, &mut figures);
    let report = report::markdown(&figures, &machine::describe(&bench.cluster)?, args);
    command::heading("Result");
    println!("{report}");
    // Told after the table: what was measured until then took long enough.
    measured?;
    if !args.no_write {
        report::write(&cargo::workspace_root().join("docs/benchmarks.md"), &report)?;
    }
    Ok(())
}

/// A load generator without optimisation would take the processor from the server that it measures.
fn run_in_release() -> Result<()> {
    command::heading("Building the load generator");
    command::run(cargo::cargo().args(["build", "--package", "xtask", "--release", "--locked"]))?;
    let xtask = cargo::holdfast_binary("release")?.with_file_name("xtask");
    command::run(Command::new(xtask).args(std::env::args_os().skip(1)))
}

impl Bench {
    fn start(args: &Args) -> Result<Bench> {
        let binary = match &args.bin {
            Some(binary) => binary.canonicalize().with_context(|| binary.display().to_string())?,
            None => {
                command::heading("Building holdfast");
                command::run(cargo::cargo().args(["build", "--package", "app", "--release", "--locked"]))?;
                cargo::holdfast_binary("release")?
            }
        };
        let cluster = Cluster::start(Durability::Full)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        Ok(Bench { binary, cluster, runtime, seconds: Duration::from_secs(args.seconds) })
    }

    fn measure(&self, args: &Args, figures: &mut Figures) -> Result<()> {
        for round in 1..=args.rounds {
            command::heading(&format!("Round {round} of {}", args.rounds));
            self.round(round, figures)?;
        }
        if !args.skip_growth {
            command::heading(&format!("Growth: {} orders", report::thousands(args.growth)));
            self.growth(args.growth, args.rounds, figures)?;
        }
        if args.apart {
            command::heading("Modules apart");
            self.apart(args.rounds, figures)?;
        }
        if let Some(orders) = args.reports {
            command::heading(&format!("Reports: {} orders", report::thousands(orders)));
            self.reports(orders, figures)?;
        }
        Ok(())
    }

    /// A new server. Its files lie among the cluster's: on the same disk, and removed with them, however we end.
    fn server(&self, storage: Storage) -> Result<Server> {
        Server::start(&self.binary, self.cluster.home(), storage)
    }

    /// An empty database, for a server or for pgbench.
    fn database(&self, name: &str) -> Result<Storage> {
        self.cluster.create_database(name)?;
        Ok(Storage::Postgres { url: self.cluster.url(name) })
    }
}
