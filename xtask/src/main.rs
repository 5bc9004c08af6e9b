use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The workspace's own tasks: everything that `cargo` alone cannot do.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    Test(xtask::test::Args),
    Arch(xtask::arch::Args),
    Contracts(xtask::contracts::Args),
    Docs(xtask::docs::Args),
    Bench(xtask::bench::Args),
    Faults(xtask::faults::Args),
    Split(xtask::split::Args),
    #[command(hide = true)]
    BareServer(xtask::bench::bare::Args),
}

#[expect(clippy::print_stderr, reason = "the one place where a failure is told")]
fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Test(args) => xtask::test::run(&args),
        Task::Arch(args) => xtask::arch::run(&args),
        Task::Contracts(args) => xtask::contracts::run(&args),
        Task::Docs(args) => xtask::docs::run(&args),
        Task::Bench(args) => xtask::bench::run(&args),
        Task::Faults(args) => xtask::faults::run(&args),
        Task::Split(args) => xtask::split::run(&args),
        Task::BareServer(args) => xtask::bench::bare::serve(&args),
    };
    // Not returned from main: with RUST_BACKTRACE set, that would bury a test failure under a backtrace of xtask.
    outcome.map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
