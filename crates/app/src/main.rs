use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    app::cli::run(app::cli::Arguments::parse())
}
