//! `cargo xtask contracts`: what modules promise each other, compared with what was promised before.
//!
//! `contracts/<module>/` holds the blessed shapes of every method and of every version of every event, an example of each
//! event as it was once logged, and the fingerprints of all that was ever blessed. A change is compatible or not by the
//! rules of [`rules`]; one that is not needs a new version of the contract, or of the event.

mod changes;
mod example;
mod files;
mod judge;
mod rules;

use std::fmt;
use std::path::Path;

use anyhow::{Result, bail};
use app::CONTRACTS;

use crate::arch;
use crate::cargo::workspace_root;

/// Compare the contracts of the modules with those that are blessed.
///
/// A contract is a module's methods and events, as JSON Schemas made from the Rust types; `contracts/<module>/` has the blessed
/// ones. A compatible change (a new method, an optional field, a wider bound) is to be blessed, so that it is seen in review. An
/// incompatible one (a field that is gone, another type, a new value in a reply) is refused, unless the contract has a new
/// version, or the event one and an upcast. Also reads an example of every version of every event with today's code.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Write down what is compatible; refuses the rest
    #[arg(long)]
    bless: bool,
}

/// Something about a contract that is not as it was blessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    module: &'static str,
    compatible: bool,
    what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.compatible { "compatible" } else { "INCOMPATIBLE" };
        write!(f, "{} {verdict}: {}", self.module, self.what)
    }
}

/// # Errors
/// When something is incompatible, or is not blessed and is not to be; and when files cannot be read or written.
pub fn run(args: &Args) -> Result<()> {
    let root = workspace_root();
    let findings = findings(&root)?;
    for finding in &findings {
        println!("{finding}");
    }
    let incompatible = findings.iter().filter(|finding| !finding.compatible).count();
    if incompatible > 0 {
        bail!("{incompatible} changes need a new version: of the contract, or of the event and an upcast");
    }
    if args.bless {
        for contract in CONTRACTS {
            files::bless(&root.join("contracts").join(contract.module), contract)?;
        }
        println!("The contracts are blessed. Build again: their fingerprints are compiled in.");
    } else if findings.is_empty() {
        println!("The contracts are as they are blessed.");
    } else {
        bail!("{} changes are not blessed yet: cargo xtask contracts --bless", findings.len());
    }
    Ok(())
}

/// What differs from the blessed contracts, and which examples cannot be read.
///
/// # Errors
/// When a file cannot be read, or is not what it should be.
pub fn findings(root: &Path) -> Result<Vec<Finding>> {
    let manifest = arch::manifest(root)?;
    let named: Vec<&str> = CONTRACTS.iter().map(|contract| contract.module).collect();
    if !manifest.modules.keys().map(String::as_str).eq(named.iter().copied()) {
        bail!("modules.toml and `cargo xtask contracts` know other modules: {named:?}");
    }
    let mut findings = Vec::new();
    for contract in CONTRACTS {
        let blessed = files::read(&root.join("contracts").join(contract.module))?;
        let finding = |(compatible, what)| Finding { module: contract.module, compatible, what };
        findings.extend(judge::contract(contract, &blessed).into_iter().map(finding));
    }
    Ok(findings)
}
