//! The long versions of the fault tests.

use std::time::Instant;

use anyhow::{Result, bail};

use super::suite::Target;
use crate::cargo::{build_holdfast, cargo};
use crate::command;

/// What makes a test take its time, and run in full.
const FULL: (&str, &str) = ("HOLDFAST_FAULTS", "full");

/// Each on SQLite and on PostgreSQL, unless it is about one of them.
const RUNS: [(Target, &str); 9] = [
    (Target::Platform, "many_writers::listeners_miss_nothing_however_writers_commit"),
    (Target::Platform, "bad_listeners::listeners_that_fail_or_hang_hold_nobody_else_up"),
    (Target::Shop, "faults::standstill::what_is_not_heard_for_longer_than_a_hold_is_not_sold_again"),
    (Target::Shop, "faults::absence::orders_go_on_while_the_customer_module_is_away"),
    (Target::Shop, "faults::outage::a_database_that_dies_again_and_again_takes_nothing_along"),
    (Target::Shop, "faults::crash::kills_lose_nothing"),
    (Target::Shop, "faults::crash::kills_of_any_process_lose_nothing"),
    (Target::Shop, "faults::network::a_network_that_fails_loses_and_doubles_nothing"),
    (Target::Shop, "reports::reports_equal_the_orders_whatever_happened"),
];

/// One after the other: each takes the machine for itself.
pub(super) fn run(names: &[String]) -> Result<()> {
    let binary = build_holdfast()?;
    let chosen = |test: &str| names.is_empty() || names.iter().any(|name| test.contains(name.as_str()));
    let (mut told, mut failed) = (Vec::new(), Vec::new());
    for (target, test) in RUNS.into_iter().filter(|(_, test)| chosen(test)) {
        command::heading(test);
        let mut tests = cargo();
        tests.args(["test", "--locked"]).args(target.arguments());
        tests.args(["--", test, "--test-threads=1", "--nocapture"]);
        let started = Instant::now();
        let passed = command::run(tests.env(FULL.0, FULL.1).env("SHOP_BINARY", &binary)).is_ok();
        let (seconds, verdict) = (started.elapsed().as_secs(), if passed { "holds" } else { "FAILS" });
        told.push(format!("{verdict} {seconds:>5} s  {test}"));
        failed.extend((!passed).then_some(test));
    }
    command::heading("The long runs");
    println!("{}", told.join("\n"));
    if told.is_empty() {
        bail!("there are the runs {}", RUNS.map(|(_, test)| test).join(", "));
    }
    if failed.is_empty() { Ok(()) } else { bail!("{} failed", failed.join(", ")) }
}
