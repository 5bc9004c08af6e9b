use super::*;
use crate::arch::sound::manifest;

/// The sound workspace, and on top of it the given dependencies (`"order > serde"`, `"order >dev testkit"`).
fn graph(more: &[&str]) -> Graph {
    let sound = [
        "kernel > serde",
        "platform > kernel",
        "platform > diesel",
        "diesel > serde",
        "tokio > serde",
        "catalog-api > kernel",
        "catalog > catalog-api",
        "catalog > platform",
        "catalog >dev testkit",
        "order-api > kernel",
        "order > order-api",
        "order > catalog-api",
        "order > platform",
        "app > order",
        "app > catalog",
        "testkit > app",
        "tests > testkit",
        "xtask > serde",
    ];
    let mut graph = Graph::default();
    for edge in sound.iter().chain(more) {
        let (from, to) = edge.split_once(" >").unwrap();
        let (kind, to) = to.split_once(' ').unwrap();
        let kind = if kind == "dev" { Kind::Dev } else { Kind::Normal };
        graph.packages.entry(from.to_owned()).or_default().dependencies.push(Dependency::new(to, kind));
        graph.packages.entry(to.to_owned()).or_default();
    }
    for (name, package) in &mut graph.packages {
        package.is_member = !["serde", "diesel", "tokio", "utoipa"].contains(&name.as_str());
    }
    graph
}

fn found(more: &[&str]) -> Vec<String> {
    violations(&graph(more), &manifest("", "")).into_iter().map(|violation| violation.found).collect()
}

#[test]
fn the_sound_workspace_is_accepted() {
    assert_eq!(found(&[]), Vec::<String>::new());
}

#[test]
fn a_module_does_not_see_another() {
    assert_eq!(found(&["order > catalog"]), ["order depends on catalog"]);
    assert_eq!(found(&["order >dev catalog"]), ["order depends on catalog"]);
    assert_eq!(found(&["order > app"]), ["order depends on app"]);
}

#[test]
fn a_contract_is_light() {
    assert_eq!(found(&["order-api > tokio"]), ["order-api → tokio"]);
    assert_eq!(found(&["order-api > utoipa", "utoipa > diesel"]), ["order-api → utoipa → diesel"]);
    assert_eq!(
        found(&["kernel > tokio"]),
        ["catalog-api → kernel → tokio", "kernel → tokio", "order-api → kernel → tokio"]
    );
    assert_eq!(found(&["order-api >dev tokio"]), Vec::<String>::new());
}

#[test]
fn a_contract_does_not_see_the_platform() {
    assert_eq!(
        found(&["order-api > platform"]),
        ["order-api depends on platform", "order-api → platform → diesel"]
    );
}

#[test]
fn only_app_testkit_and_tests_name_modules() {
    assert_eq!(found(&["xtask > order"]), ["xtask depends on order"]);
    assert_eq!(found(&["platform > order"]), ["platform depends on order"]);
    assert_eq!(found(&["tests > order", "testkit > order"]), Vec::<String>::new());
}

#[test]
fn testkit_is_for_tests() {
    assert_eq!(found(&["app > testkit"]), ["app depends on testkit"]);
    assert_eq!(found(&["app >dev testkit"]), Vec::<String>::new());
}

#[test]
fn what_all_stand_on_stands_on_nothing_above() {
    assert_eq!(found(&["platform > order-api"]), ["platform depends on order-api"]);
    assert_eq!(found(&["kernel > testkit-pg"]), ["kernel depends on testkit-pg"]);
}

#[test]
fn manifest_and_crates_name_the_same_modules() {
    assert_eq!(found(&["payment-api > kernel"]), ["payment-api's module is not"]);
    let mut graph = graph(&[]);
    graph.packages.remove("order-api");
    let missing = violations(&graph, &manifest("", ""));
    assert!(missing.iter().any(|violation| violation.found == "there is no crate order-api"));
}
