use std::collections::{BTreeMap, BTreeSet};

use ownership::{Manifest, Rule, Violation};

/// Packages and what they depend on.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) packages: BTreeMap<String, Package>,
}

#[derive(Debug, Default)]
pub(super) struct Package {
    pub(super) is_member: bool,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dependency {
    pub(super) on: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Dev,
}

impl Dependency {
    pub(super) fn new(on: &str, kind: Kind) -> Dependency {
        Dependency { on: on.to_owned(), kind }
    }
}

static BY_CONTRACT: Rule = Rule::new(
    "only app, testkit and tests may name a module crate: the others use its contract, <module>-api",
    "depend on the contract crate; what it lacks is added to the contract",
);
static MODULES: Rule = Rule::new(
    "a module depends only on kernel, platform and contract crates (*-api)",
    "move what is shared into kernel or platform, or into the contract of its owner",
);
static CONTRACTS: Rule = Rule::new(
    "a contract crate depends only on kernel and other contract crates",
    "move what it needs into kernel, or out of the contract",
);
static LIGHT: Rule = Rule::new(
    "kernel and the contract crates stay free of diesel, actix-web and tokio",
    "move what needs them into the module, or into platform",
);
static PLATFORM: Rule = Rule::new(
    "platform depends on no crate of the workspace but kernel",
    "have the module hand in what platform needs of it",
);
static KERNEL: Rule =
    Rule::new("kernel depends on no crate of the workspace", "move it to where it is needed");
static TESTKIT: Rule =
    Rule::new("testkit is a dev-dependency of whatever is shipped", "put it under [dev-dependencies]");
static CRATES: Rule = Rule::new(
    "every module has a crate and a contract crate",
    "make crates/<module> and crates/<module>/api, and add them to the workspace",
);
static DECLARED: Rule = Rule::new(
    "every module is in modules.toml",
    "add it, with its schema, tables, calls, listens and steward",
);

/// What [`violations`] looks for.
pub(super) const RULES: [&Rule; 9] =
    [&BY_CONTRACT, &MODULES, &CONTRACTS, &LIGHT, &PLATFORM, &KERNEL, &TESTKIT, &CRATES, &DECLARED];

/// A contract says what is exchanged, not how: whoever only calls a module must not have to build a database driver.
const NOT_IN_CONTRACTS: [&str; 3] = ["actix-web", "diesel", "tokio"];
const NOT_SHIPPED: [&str; 2] = ["tests", "xtask"];
const MAY_NAME_MODULES: [&str; 3] = ["app", "testkit", "tests"];

impl Graph {
    fn members(&self) -> impl Iterator<Item = (&str, &Package)> {
        self.packages
            .iter()
            .filter(|(_, package)| package.is_member)
            .map(|(name, package)| (name.as_str(), package))
    }

    fn is_member(&self, name: &str) -> bool {
        self.packages.get(name).is_some_and(|package| package.is_member)
    }

    /// The way from one package to another over what ends up in the build, if there is one.
    fn path(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut seen = BTreeSet::new();
        let mut ways = std::collections::VecDeque::from([vec![from.to_owned()]]);
        while let Some(way) = ways.pop_front() {
            let last = way.last()?;
            if last == to {
                return Some(way);
            }
            for next in self.packages.get(last).iter().flat_map(|package| &package.dependencies) {
                if next.kind == Kind::Normal && seen.insert(next.on.clone()) {
                    ways.push_back(way.iter().chain([&next.on]).cloned().collect());
                }
            }
        }
        None
    }
}

/// Where the crate graph breaks the dependency rules.
pub(super) fn violations(graph: &Graph, manifest: &Manifest) -> Vec<Violation> {
    let mut violations = missing_crates(graph, manifest);
    violations.extend(undeclared_modules(graph, manifest));
    for (name, package) in graph.members() {
        for dependency in &package.dependencies {
            violations.extend(forbidden(graph, manifest, name, dependency));
        }
        if name == "kernel" || is_contract(name) {
            violations.extend(heavy_contracts(graph, name));
        }
    }
    violations
}

pub(super) fn is_contract(name: &str) -> bool {
    name.ends_with("-api")
}

fn forbidden(graph: &Graph, manifest: &Manifest, from: &str, dependency: &Dependency) -> Option<Violation> {
    let to = dependency.on.as_str();
    if !graph.is_member(to) {
        return None;
    }
    let broken = |rule: &'static Rule| Some(rule.broken(format!("{from} depends on {to}")));
    if manifest.modules.contains_key(to) && !MAY_NAME_MODULES.contains(&from) {
        return broken(&BY_CONTRACT);
    }
    if to == "testkit" && !NOT_SHIPPED.contains(&from) && dependency.kind == Kind::Normal {
        return broken(&TESTKIT);
    }
    if dependency.kind == Kind::Dev {
        return None;
    }
    if manifest.modules.contains_key(from) && !(to == "kernel" || to == "platform" || is_contract(to)) {
        return broken(&MODULES);
    }
    if is_contract(from) && !(to == "kernel" || is_contract(to)) {
        return broken(&CONTRACTS);
    }
    if from == "platform" && to != "kernel" {
        return broken(&PLATFORM);
    }
    if from == "kernel" {
        return broken(&KERNEL);
    }
    None
}

fn heavy_contracts(graph: &Graph, contract: &str) -> Vec<Violation> {
    let ways = NOT_IN_CONTRACTS.iter().filter_map(|heavy| graph.path(contract, heavy));
    ways.map(|way| LIGHT.broken(way.join(" → "))).collect()
}

fn missing_crates(graph: &Graph, manifest: &Manifest) -> Vec<Violation> {
    let wanted = manifest.modules.keys().flat_map(|module| [module.clone(), format!("{module}-api")]);
    let missing = wanted.filter(|name| !graph.is_member(name));
    missing.map(|name| CRATES.broken(format!("there is no crate {name}"))).collect()
}

fn undeclared_modules(graph: &Graph, manifest: &Manifest) -> Vec<Violation> {
    let contracts = graph.members().filter_map(|(name, _)| name.strip_suffix("-api"));
    let undeclared = contracts.filter(|module| !manifest.modules.contains_key(*module));
    undeclared.map(|module| DECLARED.broken(format!("{module}-api's module is not"))).collect()
}

#[cfg(test)]
#[path = "crates_tests.rs"]
mod tests;
