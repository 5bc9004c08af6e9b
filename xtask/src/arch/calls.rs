use std::collections::BTreeSet;

use super::crates::{Graph, Kind, is_contract};
use super::sources::{Named, api_trait};
use super::{Manifest, Violation};

const RULE: &str = "modules.toml says whom a module calls and hears, and nobody else";

/// Where `calls` and `listens` differ from what the code does, and where calls go in a circle.
pub(super) fn violations(graph: &Graph, manifest: &Manifest, named: &Named) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (module, entry) in &manifest.modules {
        let calls = entry.calls.iter().cloned().collect();
        let named = named.get(module).cloned().unwrap_or_default();
        violations.extend(named.difference(&calls).map(|other| {
            let found =
                format!("{module} names {}, but its `calls` in modules.toml lack {other}", api_trait(other));
            Violation::new(RULE, found)
        }));
        violations.extend(calls.difference(&named).map(|other| {
            let found = format!(
                "{module} `calls` {other} in modules.toml, but its code names no {}",
                api_trait(other)
            );
            Violation::new(RULE, found)
        }));
        violations.extend(unexplained(graph, module, &entry.needs().collect()));
    }
    violations.extend(cycle(manifest).map(|cycle| {
        Violation::new("synchronous calls have no cycle: close it with an event", cycle.join(" → "))
    }));
    violations
}

/// Contracts that a module depends on without calling or hearing them. Those that its own contract depends on are
/// explained by that: their ids are among its words, as an order's id is among the inventory's.
fn unexplained(graph: &Graph, module: &str, needed: &BTreeSet<&str>) -> Vec<Violation> {
    let words = contracts_of(graph, &format!("{module}-api"));
    let contracts = contracts_of(graph, module);
    let unexplained = contracts
        .iter()
        .filter(|other| **other != module && !needed.contains(*other) && !words.contains(*other));
    unexplained
        .map(|other| {
            let found =
                format!("{module} depends on {other}-api, but neither calls nor hears it in modules.toml");
            Violation::new(RULE, found)
        })
        .collect()
}

fn contracts_of<'a>(graph: &'a Graph, package: &str) -> BTreeSet<&'a str> {
    let dependencies = graph.packages.get(package).into_iter().flat_map(|package| &package.dependencies);
    let contracts =
        dependencies.filter(|dependency| dependency.kind == Kind::Normal && is_contract(&dependency.on));
    contracts.filter_map(|dependency| dependency.on.strip_suffix("-api")).collect()
}

/// One circle of calls, first module repeated at the end.
fn cycle(manifest: &Manifest) -> Option<Vec<&str>> {
    // Modules from which no circle can be reached any more.
    let mut done = BTreeSet::new();
    manifest.modules.keys().find_map(|module| walk(manifest, module, &mut Vec::new(), &mut done))
}

fn walk<'a>(
    manifest: &'a Manifest,
    module: &'a str,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<&'a str>> {
    if let Some(start) = way.iter().position(|earlier| *earlier == module) {
        return Some(way.iter().skip(start).copied().chain([module]).collect());
    }
    if done.contains(module) {
        return None;
    }
    way.push(module);
    let called = manifest.modules.get(module).into_iter().flat_map(|entry| &entry.calls);
    for other in called {
        if let Some(cycle) = walk(manifest, other, way, done) {
            return Some(cycle);
        }
    }
    way.pop();
    done.insert(module);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::crates::{Dependency, Package};
    use crate::arch::manifest::tests::manifest;

    /// `order` and its contract, with these dependencies.
    fn graph(order: &[&str], order_api: &[&str]) -> Graph {
        let package = |on: &[&str]| {
            let dependencies = on.iter().map(|name| Dependency::new(name, Kind::Normal)).collect();
            Package { is_member: true, dependencies }
        };
        Graph {
            packages: [("order".to_owned(), package(order)), ("order-api".to_owned(), package(order_api))]
                .into(),
        }
    }

    fn naming(apis: &[&str]) -> Named {
        [("order".to_owned(), apis.iter().map(|api| (*api).to_owned()).collect())].into()
    }

    fn found(graph: &Graph, manifest: &Manifest, named: &Named) -> String {
        violations(graph, manifest, named).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn calls_are_what_the_code_names() {
        let graph = graph(&["order-api", "catalog-api", "platform"], &[]);
        assert_eq!(found(&graph, &manifest("", ""), &naming(&["catalog"])), "");
        assert!(found(&graph, &manifest("", ""), &naming(&[])).contains("its code names no CatalogApi"));
        let silent = manifest(r#"["catalog"]"#, "[]");
        assert!(found(&graph, &silent, &naming(&["catalog"])).contains("order names CatalogApi, but"));
    }

    #[test]
    fn a_contract_is_needed_for_a_call_an_event_or_an_id() {
        let silent = manifest(r#"["catalog"]"#, "[]");
        let depending = graph(&["order-api", "catalog-api"], &[]);
        assert!(found(&depending, &silent, &naming(&[])).contains("order depends on catalog-api, but"));
        let sharing_ids = graph(&["order-api", "catalog-api"], &["catalog-api"]);
        assert_eq!(found(&sharing_ids, &silent, &naming(&[])), "");
        let listener = manifest(
            "calls = [\"catalog\"]\n        listens = []",
            "calls = []\nlistens = [\"catalog.priced\"]",
        );
        assert_eq!(found(&depending, &listener, &naming(&[])), "");
    }

    #[test]
    fn calls_have_no_cycle() {
        let circular = manifest("calls = []", r#"calls = ["order"]"#);
        assert!(
            found(&graph(&[], &[]), &circular, &naming(&["catalog"])).contains("catalog → order → catalog")
        );
        let narcissist = manifest("calls = []", r#"calls = ["catalog"]"#);
        assert!(found(&graph(&[], &[]), &narcissist, &naming(&["catalog"])).contains("catalog → catalog"));
    }
}
