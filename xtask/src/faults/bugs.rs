//! Whether the tests are worth their names.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use super::suite::{Ran, Suite, Target};
use crate::command;

const FEATURE: &str = "platform/deliberate-bugs";
const VARIABLE: &str = "HOLDFAST_BUG";

/// A bug of `crates/platform/src/bugs/catalogue.rs`, and the tests that are there for it.
struct Case {
    bug: &'static str,
    target: Target,
    tests: &'static str,
}

const fn case(bug: &'static str, target: Target, tests: &'static str) -> Case {
    Case { bug, target, tests }
}

const CASES: [Case; 12] = [
    case("MissingStockGuard", Target::Shop, "concurrency::a_thousand_buyers_of_ten_lamps"),
    case(
        "EventAfterCommit",
        Target::Platform,
        "event_log::the_log_is_gapless_and_ordered_per_aggregate_whoever_writes",
    ),
    case("UnsequencedLog", Target::Platform, "many_writers::listeners_miss_nothing_however_writers_commit"),
    case("ReleaseTwice", Target::Shop, "cancellation::many_cancel_at_once"),
    case(
        "CursorApart",
        Target::Platform,
        "subscriptions::what_cannot_be_applied_holds_up_its_own_aggregate_only",
    ),
    case("KeyApart", Target::Platform, "keys::what_was_not_done_leaves_its_key_free"),
    case("UnsortedLocks", Target::Inventory, "tests::locks::crossing_reservations_never_wait_in_a_circle"),
    case("PaymentKept", Target::Shop, "cards::a_cancelled_order_gives_its_money_back"),
    case(
        "ExpiryByClock",
        Target::Inventory,
        "tests::holds::nothing_expires_while_the_order_module_may_have_placed_it",
    ),
    case("ExpiryUnguarded", Target::Inventory, "tests::holds::what_became_an_order_never_expires"),
    case("StalePrice", Target::Shop, "orders::the_price_and_the_title_are_those_of_the_day"),
    case("AnotherPaymentKey", Target::Shop, "cards::an_answer_that_is_lost_is_looked_up"),
];

/// One build has all bugs; each process is told which one is its own.
pub(super) fn run(names: &[String]) -> Result<()> {
    command::heading("The tests, built with every bug in them");
    let suite = Suite::build(FEATURE)?;
    let chosen: Vec<&Case> =
        CASES.iter().filter(|case| names.is_empty() || names.iter().any(|name| name == case.bug)).collect();
    if chosen.is_empty() {
        bail!("there are the bugs {}", CASES.map(|case| case.bug).join(", "));
    }
    without_bugs(&suite, &chosen)?;
    command::heading("With one bug at a time");
    let mut missed = Vec::new();
    for Case { bug, target, tests } in &chosen {
        let Ran { failed, .. } = suite.run(*target, tests, &[(VARIABLE, bug)])?;
        let verdict = if failed.is_empty() { format!("NOT CAUGHT by {tests}") } else { failed.join(", ") };
        println!("{bug:<20} {verdict}");
        if failed.is_empty() {
            missed.push(*bug);
        }
    }
    println!("{} of {} caught", chosen.len() - missed.len(), chosen.len());
    if missed.is_empty() { Ok(()) } else { bail!("nobody noticed {}", missed.join(", ")) }
}

/// What fails anyway catches nothing.
fn without_bugs(suite: &Suite, cases: &[&Case]) -> Result<()> {
    command::heading("Without a bug");
    let mut passed = BTreeSet::new();
    for Case { target, tests, .. } in cases {
        let ran = suite.run(*target, tests, &[])?;
        if !ran.failed.is_empty() {
            bail!("{} fails without a bug", ran.failed.join(", "));
        }
        passed.extend(ran.passed);
    }
    println!("{} tests pass", passed.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::CASES;

    #[test]
    fn every_bug_of_the_catalogue_has_its_tests() {
        let catalogue = include_str!("../../../crates/platform/src/bugs/catalogue.rs");
        let listed: Vec<&str> = catalogue
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Bug::")?.strip_suffix(','))
            .collect();
        assert_eq!(CASES.map(|case| case.bug).as_slice(), listed);
    }
}
