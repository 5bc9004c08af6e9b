use std::collections::{BTreeMap, BTreeSet};

use ownership::{Manifest, Rule, Violation};

use super::crates::{Graph, Kind, is_contract};
use super::sources::{Source, Sources, api_trait};

static CALLS: Rule = Rule::new(
    "`calls` of modules.toml are the contracts whose trait the code names",
    "write down the call in modules.toml, or take it out of there",
);
static LISTENS: Rule = Rule::new(
    "`listens` of modules.toml are the modules whose events the code names",
    "write down in modules.toml whom it hears, or take it out of there",
);
static NEEDED: Rule = Rule::new(
    "a module depends on no contract that it neither calls nor hears",
    "remove the dependency from its Cargo.toml",
);
static NO_CYCLE: Rule = Rule::new(
    "synchronous calls have no cycle",
    "turn one of the calls into an event that the other module hears",
);
static ONE_PUBLISHER: Rule = Rule::new(
    "the events about one thing are published by one module",
    "leave the fact to one of them; the other hears its events, and asks it for changes by its API",
)
.against("bidirectional synchronisation");

/// What [`violations`] looks for.
pub(super) const RULES: [&Rule; 5] = [&CALLS, &LISTENS, &NEEDED, &NO_CYCLE, &ONE_PUBLISHER];

/// Where `calls` and `listens` differ from what the code does, where calls go in a circle, and where two modules publish
/// the same fact.
pub(super) fn violations(graph: &Graph, manifest: &Manifest, sources: &Sources) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (module, entry) in &manifest.modules {
        let named = Named::by(module, sources);
        violations.extend(different(&CALLS, module, "calls", &entry.calls, &named.apis));
        violations.extend(different(&LISTENS, module, "listens", &entry.listens, &named.events));
        violations.extend(unexplained(graph, module, &entry.needs().collect()));
    }
    violations.extend(cycle(manifest).map(|cycle| NO_CYCLE.broken(cycle.join(" → "))));
    violations.extend(two_publishers(sources));
    violations
}

/// Other modules that a module's code names, each with the words that it names them by.
#[derive(Default)]
struct Named {
    apis: BTreeMap<String, String>,
    events: BTreeMap<String, String>,
}

impl Named {
    fn by(module: &str, sources: &Sources) -> Named {
        let mut named = Named::default();
        let Some(Source { words, .. }) = sources.modules.get(module) else { return named };
        for (other, source) in sources.modules.iter().filter(|(other, _)| *other != module) {
            let api = api_trait(other);
            if words.contains(&api) {
                named.apis.insert(other.clone(), api);
            }
            if let Some(event) = source.events.intersection(words).next() {
                named.events.insert(other.clone(), event.clone());
            }
        }
        named
    }
}

fn different(
    rule: &'static Rule,
    module: &str,
    key: &str,
    declared: &[String],
    named: &BTreeMap<String, String>,
) -> Vec<Violation> {
    let undeclared = named.iter().filter(|(other, _)| !declared.contains(*other)).map(|(other, word)| {
        rule.broken(format!("{module} names {word}, but its `{key}` in modules.toml lack {other}"))
    });
    let unused = declared.iter().filter(|other| !named.contains_key(*other)).map(|other| {
        rule.broken(format!(
            "{module} `{key}` {other} in modules.toml, but its code names nothing of the kind"
        ))
    });
    undeclared.chain(unused).collect()
}

/// Things that more than one contract has events about: the part before the dot.
fn two_publishers(sources: &Sources) -> Vec<Violation> {
    let mut publishers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (module, source) in &sources.modules {
        for (aggregate, _) in source.event_types.iter().filter_map(|event| event.split_once('.')) {
            publishers.entry(aggregate).or_default().insert(module);
        }
    }
    let shared = publishers.into_iter().filter(|(_, modules)| modules.len() > 1);
    shared
        .map(|(aggregate, modules)| {
            let modules: Vec<&str> = modules.into_iter().collect();
            ONE_PUBLISHER.broken(format!("{} publish events about `{aggregate}`", modules.join(" and ")))
        })
        .collect()
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
            NEEDED.broken(format!(
                "{module} depends on {other}-api, but neither calls nor hears it in modules.toml"
            ))
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
    use crate::arch::sound::manifest;

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

    /// `order`, whose code names these words, and `catalog`.
    fn naming(words: &[&str]) -> Sources {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let source = |aggregate: &str, event: &str, words: &[&str]| Source {
            words: set(words),
            events: set(&[event]),
            event_types: set(&[&format!("{aggregate}.created")]),
            ..Source::default()
        };
        let order = source("order", "OrderEvent", words);
        let catalog = source("product", "CatalogEvent", &["CatalogApi", "CatalogEvent"]);
        let modules = [("order".to_owned(), order), ("catalog".to_owned(), catalog)].into();
        Sources { modules, ..Sources::default() }
    }

    fn found(graph: &Graph, manifest: &Manifest, sources: &Sources) -> String {
        violations(graph, manifest, sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn calls_are_what_the_code_names() {
        let graph = graph(&["order-api", "catalog-api", "platform"], &[]);
        assert_eq!(found(&graph, &manifest("", ""), &naming(&["CatalogApi", "OrderEvent"])), "");
        assert!(
            found(&graph, &manifest("", ""), &naming(&[]))
                .contains("order `calls` catalog in modules.toml, but")
        );
        let silent = manifest(r#"["catalog"]"#, "[]");
        assert!(found(&graph, &silent, &naming(&["CatalogApi"])).contains("order names CatalogApi, but"));
    }

    #[test]
    fn listening_is_what_the_code_names() {
        let graph = graph(&["order-api", "catalog-api", "platform"], &[]);
        let hearing = naming(&["CatalogApi", "CatalogEvent"]);
        assert!(
            found(&graph, &manifest("", ""), &hearing)
                .contains("order names CatalogEvent, but its `listens`")
        );
        let listener = manifest(
            "calls = [\"catalog\"]\n    listens = []",
            "calls = [\"catalog\"]\n    listens = [\"catalog\"]",
        );
        assert_eq!(found(&graph, &listener, &hearing), "");
        assert!(found(&graph, &listener, &naming(&["CatalogApi"])).contains("order `listens` catalog"));
    }

    #[test]
    fn a_contract_is_needed_for_a_call_an_event_or_an_id() {
        let silent = manifest(r#"["catalog"]"#, "[]");
        let depending = graph(&["order-api", "catalog-api"], &[]);
        assert!(found(&depending, &silent, &naming(&[])).contains("order depends on catalog-api, but"));
        let sharing_ids = graph(&["order-api", "catalog-api"], &["catalog-api"]);
        assert_eq!(found(&sharing_ids, &silent, &naming(&[])), "");
    }

    #[test]
    fn calls_have_no_cycle() {
        let circular = manifest("calls = []", r#"calls = ["order"]"#);
        assert!(
            found(&graph(&[], &[]), &circular, &naming(&["CatalogApi"]))
                .contains("catalog → order → catalog")
        );
        let narcissist = manifest("calls = []", r#"calls = ["catalog"]"#);
        assert!(found(&graph(&[], &[]), &narcissist, &naming(&["CatalogApi"])).contains("catalog → catalog"));
    }

    #[test]
    fn two_modules_do_not_publish_the_same_fact() {
        let mut sources = naming(&["CatalogApi"]);
        sources.modules.get_mut("order").unwrap().event_types.insert("product.renamed".to_owned());
        let found = found(&graph(&[], &[]), &manifest("", ""), &sources);
        assert!(found.contains("catalog and order publish events about `product`"), "{found}");
        assert!(found.contains("(anti-pattern: bidirectional synchronisation)"), "{found}");
    }
}
