use std::collections::BTreeSet;
use std::fmt;

use super::manifest::{Manifest, Module};
use super::{Violation, live::role};

/// What a live database says about itself.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) engine: Engine,
    pub(super) tables: BTreeSet<Place>,
    pub(super) references: Vec<Reference>,
    /// PostgreSQL only: the roles that exist, and what they may reach, by whatever way.
    pub(super) roles: BTreeSet<String>,
    pub(super) privileges: Vec<Privilege>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Postgres,
    Sqlite,
}

/// A table and where it lies: a schema of PostgreSQL, or a file of SQLite, named without `.db`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) home: String,
    pub(super) table: String,
}

/// A foreign key or a view: one table (or view) that needs another.
#[derive(Clone, Debug)]
pub(super) struct Reference {
    pub(super) kind: &'static str,
    pub(super) from: Place,
    pub(super) to: Place,
}

/// That `role` may reach `object` in the schema `home`.
#[derive(Clone, Debug)]
pub(super) struct Privilege {
    pub(super) role: String,
    pub(super) home: String,
    pub(super) object: String,
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::Postgres => "PostgreSQL",
            Engine::Sqlite => "SQLite",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.home, self.table)
    }
}

impl Engine {
    /// Where a module's tables lie.
    fn home<'a>(self, name: &'a str, module: &'a Module) -> &'a str {
        match self {
            Engine::Postgres => &module.schema,
            Engine::Sqlite => name,
        }
    }
}

/// Where the live tables differ from the manifest, or are not as private as it promises.
pub(super) fn violations(catalog: &Catalog, manifest: &Manifest) -> Vec<Violation> {
    let mut violations = undeclared(catalog, manifest);
    violations.extend(missing(catalog, manifest));
    violations.extend(crossing(catalog));
    if catalog.engine == Engine::Postgres {
        violations.extend(reachable(catalog, manifest));
    }
    for violation in &mut violations {
        violation.found = format!("{}: {}", catalog.engine, violation.found);
    }
    violations
}

fn undeclared(catalog: &Catalog, manifest: &Manifest) -> Vec<Violation> {
    let declared = declared(catalog.engine, manifest, true);
    let undeclared = catalog.tables.difference(&declared);
    undeclared
        .map(|place| {
            let rule = "every table belongs to exactly one module of modules.toml";
            Violation::new(rule, format!("the table {place} is in no module's list"))
        })
        .collect()
}

fn missing(catalog: &Catalog, manifest: &Manifest) -> Vec<Violation> {
    let declared = declared(catalog.engine, manifest, false);
    let missing = declared.difference(&catalog.tables);
    missing
        .map(|place| {
            Violation::new("modules.toml lists only tables that exist", format!("there is no table {place}"))
        })
        .collect()
}

/// Every table that the manifest gives to a module, with its copies of the platform's tables. A table that only
/// PostgreSQL needs may exist on SQLite, but is not missed there.
fn declared(engine: Engine, manifest: &Manifest, with_unneeded: bool) -> BTreeSet<Place> {
    let platform = &manifest.platform;
    let needed = |table: &&String| {
        with_unneeded || engine == Engine::Postgres || !platform.postgres_only.contains(*table)
    };
    let in_module = |(name, module): (&String, &Module)| {
        let tables = module.tables.iter().chain(platform.tables.iter().filter(needed));
        let home = engine.home(name, module).to_owned();
        tables.map(|table| Place { home: home.clone(), table: table.clone() }).collect::<Vec<_>>()
    };
    manifest.modules.iter().flat_map(in_module).collect()
}

fn crossing(catalog: &Catalog) -> Vec<Violation> {
    // A SQLite file can name a table that only another file has; nothing but the use of it fails.
    let resolved = |to: &Place| catalog.engine == Engine::Postgres || catalog.tables.contains(to);
    let crossing = catalog.references.iter().filter(|it| it.from.home != it.to.home || !resolved(&it.to));
    crossing
        .map(|Reference { kind, from, to }| {
            let rule = "no foreign key and no view leaves its schema or file";
            Violation::new(rule, format!("a {kind} of {from} leads to {to}"))
        })
        .collect()
}

fn reachable(catalog: &Catalog, manifest: &Manifest) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (name, module) in &manifest.modules {
        let role = role(name);
        if !catalog.roles.contains(&role) {
            violations.push(Violation::new("every module has a role", format!("there is no role {role}")));
        }
        let foreign = catalog.privileges.iter().filter(|it| it.role == role && it.home != module.schema);
        violations.extend(foreign.map(|Privilege { role, home, object }| {
            Violation::new(
                "a module's role reaches only its own schema",
                format!("{role} may reach {home}.{object}"),
            )
        }));
    }
    violations
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
