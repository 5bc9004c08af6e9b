//! Who may depend on whom (ARCHITECTURE.md). `cargo xtask arch` checks them too, and the tables of both engines.

#[test]
fn modules_know_each_other_by_contract_only() {
    let report = xtask::arch::check_sources(&xtask::workspace_root()).unwrap();
    assert!(report.is_sound(), "{report}");
}
