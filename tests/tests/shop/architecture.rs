//! Who may depend on whom (ARCHITECTURE.md). `cargo xtask arch` checks them too, and the tables of both engines.

#[test]
fn modules_know_each_other_by_contract_only() {
    let report = xtask::arch::check_sources(&xtask::workspace_root()).unwrap();
    assert!(report.is_sound(), "{report}");
}

/// `cargo xtask contracts` tells what to do about what is found here.
#[test]
fn contracts_are_as_they_are_blessed_and_old_events_can_be_read() {
    let findings = xtask::contracts::findings(&xtask::workspace_root()).unwrap();
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
