use std::collections::BTreeSet;
use std::fmt;

use crate::{Manifest, Module, Rule, Violation};

/// What a live database says about itself.
#[derive(Debug)]
pub struct Catalog {
    pub engine: Engine,
    pub tables: BTreeSet<Place>,
    pub references: Vec<Reference>,
    pub code: Vec<Code>,
    /// PostgreSQL only: the roles that exist, and what they may reach, by whatever way.
    pub roles: BTreeSet<String>,
    pub privileges: Vec<Privilege>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Postgres,
    Sqlite,
}

/// A table and where it lies: a schema of PostgreSQL, or a file of SQLite, named without `.db`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub home: String,
    pub table: String,
}

/// A foreign key or a view: one table (or view) that needs another.
#[derive(Clone, Debug)]
pub struct Reference {
    pub kind: &'static str,
    pub from: Place,
    pub to: Place,
}

/// A function or a trigger. Neither engine says which tables it reaches.
#[derive(Clone, Debug)]
pub struct Code {
    pub kind: String,
    pub home: String,
    pub name: String,
}

/// That `role` may reach `object` in the schema `home`.
#[derive(Clone, Debug)]
pub struct Privilege {
    pub role: String,
    pub home: String,
    pub object: String,
}

/// How much of a database is judged.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// All of it: it holds nothing but the shop.
    Everything,
    /// One module's schema, role or file. What else the database holds may be anybody's.
    Module(&'a str),
}

static OWNED: Rule = Rule::new(
    "every table belongs to exactly one module of modules.toml",
    "add the table to its module's `tables`, or drop it",
);
static EXISTING: Rule = Rule::new(
    "modules.toml lists only tables that exist",
    "make the table in a migration, or take it off the list; `holdfast migrate` brings a database up to date",
);
static NOTHING_CROSSES: Rule = Rule::new(
    "no foreign key and no view leaves its schema or file",
    "keep the other module's id without a constraint, or a copy that its events feed",
)
.against("shared database");
static NO_CODE: Rule = Rule::new(
    "no function and no trigger lies beside the tables, as nobody sees which tables it reaches",
    "do in the module what it does, in the same transaction",
);
static ROLE: Rule = Rule::new("every module has a role", "run `holdfast migrate`, which makes it");
static REACH: Rule = Rule::new(
    "a module's role reaches only its own schema",
    "REVOKE it: from the role, from PUBLIC, or the membership in another role",
)
.against("shared database");

const RULES: &[&Rule] = &[&OWNED, &EXISTING, &NOTHING_CROSSES, &NO_CODE, &ROLE, &REACH];
const RULES_WITHOUT_ROLES: &[&Rule] = &[&OWNED, &EXISTING, &NOTHING_CROSSES, &NO_CODE];

/// The PostgreSQL role that a module acts as.
pub fn role(module: &str) -> String {
    format!("holdfast_{module}")
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
    /// What [`Catalog::violations`] looks for. SQLite has no roles.
    pub fn rules(self) -> &'static [&'static Rule] {
        match self {
            Engine::Postgres => RULES,
            Engine::Sqlite => RULES_WITHOUT_ROLES,
        }
    }

    /// Where a module's tables lie.
    fn home<'a>(self, name: &'a str, module: &'a Module) -> &'a str {
        match self {
            Engine::Postgres => &module.schema,
            Engine::Sqlite => name,
        }
    }
}

impl Scope<'_> {
    pub(crate) fn takes_in(self, module: &str) -> bool {
        match self {
            Scope::Everything => true,
            Scope::Module(only) => only == module,
        }
    }
}

impl Catalog {
    pub fn empty(engine: Engine) -> Catalog {
        Catalog {
            engine,
            tables: BTreeSet::new(),
            references: Vec::new(),
            code: Vec::new(),
            roles: BTreeSet::new(),
            privileges: Vec::new(),
        }
    }

    /// Where the tables differ from the manifest, or are not as private as it promises.
    pub fn violations(&self, manifest: &Manifest, scope: Scope<'_>) -> Vec<Violation> {
        let judged = Judged { catalog: self, manifest, scope };
        let mut violations = judged.undeclared();
        violations.extend(judged.missing());
        violations.extend(judged.crossing());
        violations.extend(judged.code());
        if self.engine == Engine::Postgres {
            violations.extend(judged.reachable());
        }
        violations
    }
}

struct Judged<'a> {
    catalog: &'a Catalog,
    manifest: &'a Manifest,
    scope: Scope<'a>,
}

impl<'a> Judged<'a> {
    fn modules(&self) -> impl Iterator<Item = (&'a String, &'a Module)> {
        let scope = self.scope;
        self.manifest.modules.iter().filter(move |(name, _)| scope.takes_in(name))
    }

    /// Whether what lies there is judged.
    fn is_ours(&self, home: &str) -> bool {
        let engine = self.catalog.engine;
        matches!(self.scope, Scope::Everything)
            || self.modules().any(|(name, module)| engine.home(name, module) == home)
    }

    fn undeclared(&self) -> Vec<Violation> {
        let declared = self.declared(true);
        let undeclared = self.catalog.tables.difference(&declared).filter(|place| self.is_ours(&place.home));
        undeclared.map(|place| OWNED.broken(format!("the table {place} is in no module's list"))).collect()
    }

    fn missing(&self) -> Vec<Violation> {
        let declared = self.declared(false);
        let missing = declared.difference(&self.catalog.tables);
        missing.map(|place| EXISTING.broken(format!("there is no table {place}"))).collect()
    }

    /// Every table that the manifest gives to a module, with its copies of the platform's tables. A table that only
    /// PostgreSQL needs may exist on SQLite, but is not missed there.
    fn declared(&self, with_unneeded: bool) -> BTreeSet<Place> {
        let (engine, platform) = (self.catalog.engine, &self.manifest.platform);
        let needed = |table: &&String| {
            with_unneeded || engine == Engine::Postgres || !platform.postgres_only.contains(*table)
        };
        let in_module = |(name, module): (&'a String, &'a Module)| {
            let tables = module.tables.iter().chain(platform.tables.iter().filter(needed));
            let home = engine.home(name, module).to_owned();
            tables.map(|table| Place { home: home.clone(), table: table.clone() }).collect::<Vec<_>>()
        };
        self.modules().flat_map(in_module).collect()
    }

    fn crossing(&self) -> Vec<Violation> {
        let catalog = self.catalog;
        // A SQLite file can name a table that only another file has; nothing but the use of it fails.
        let resolved = |to: &Place| catalog.engine == Engine::Postgres || catalog.tables.contains(to);
        let ours = catalog.references.iter().filter(|it| self.is_ours(&it.from.home));
        let crossing = ours.filter(|it| it.from.home != it.to.home || !resolved(&it.to));
        crossing
            .map(|Reference { kind, from, to }| {
                NOTHING_CROSSES.broken(format!("a {kind} of {from} leads to {to}"))
            })
            .collect()
    }

    fn code(&self) -> Vec<Violation> {
        let ours = self.catalog.code.iter().filter(|it| self.is_ours(&it.home));
        ours.map(|Code { kind, home, name }| NO_CODE.broken(format!("there is a {kind} {home}.{name}")))
            .collect()
    }

    fn reachable(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (name, module) in self.modules() {
            let role = role(name);
            if !self.catalog.roles.contains(&role) {
                violations.push(ROLE.broken(format!("there is no role {role}")));
            }
            let privileges = self.catalog.privileges.iter();
            let foreign = privileges.filter(|it| it.role == role && it.home != module.schema);
            violations.extend(foreign.map(|Privilege { role, home, object }| {
                REACH.broken(format!("{role} may reach {home}.{object}"))
            }));
        }
        violations
    }
}

#[cfg(test)]
#[path = "catalog_tests.rs"]
mod tests;
