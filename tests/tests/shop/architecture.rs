//! Who may depend on whom (ARCHITECTURE.md). `cargo xtask arch` checks them too, and the tables of both engines.

#[test]
fn modules_know_each_other_by_contract_only() {
    let violations = xtask::arch::check_crates(&xtask::workspace_root()).unwrap();
    let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
