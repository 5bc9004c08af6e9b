use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{Rule, Violation};

/// `modules.toml`: who owns which tables, and who needs whom.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    pub platform: Platform,
    #[serde(flatten)]
    pub modules: BTreeMap<String, Module>,
}

/// The tables that every module has its own copy of.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    pub tables: Vec<String>,
    /// Those of them that SQLite does without.
    #[serde(default)]
    pub postgres_only: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Module {
    pub schema: String,
    pub tables: Vec<String>,
    pub calls: Vec<String>,
    pub listens: Vec<String>,
    pub steward: String,
    /// What its tables hold of its own, and where.
    #[serde(default)]
    pub facts: BTreeMap<String, Vec<String>>,
    /// What its tables hold of others.
    #[serde(default)]
    pub copies: Vec<Copied>,
}

/// What a module keeps of a fact that another one owns.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copied {
    pub what: String,
    /// The owner.
    pub of: String,
    pub tables: Vec<String>,
    /// How it is fed.
    pub kept: String,
    /// How old it may be.
    pub age: String,
}

static ONE_OWNER: Rule = Rule::new(
    "every table has exactly one owner",
    "leave the table to one of them; the other asks the owner's API, or keeps a copy that the owner's events feed",
)
.against("shared database");
static NO_DATA_SERVICE: Rule = Rule::new(
    "no module owns more than half of all tables",
    "give each domain's tables to a module of its own, and its rules with them",
)
.against("data service");
static STEWARD: Rule =
    Rule::new("every module has a steward", "write down whom to ask before its contract changes");
static MODULES: Rule = Rule::new(
    "calls and listens name modules",
    "correct the name, or give the module a table in modules.toml",
);

static ONE_FACT: Rule = Rule::new(
    "every table holds one fact, or one copy",
    "name the table under facts or copies of its module, once",
);
static FED: Rule = Rule::new(
    "a copy is fed by its owner",
    "let the module hear the owner's events, or call it; name the owner in `of`",
);

impl Module {
    /// Tables that are in no fact and no copy, or in two; and what is in one and is no table.
    fn untold(&self) -> impl Iterator<Item = &str> {
        let copied = self.copies.iter().map(|copied| &copied.tables);
        let told: Vec<&str> = self.facts.values().chain(copied).flatten().map(String::as_str).collect();
        let tables = self.tables.iter().map(String::as_str);
        let all: BTreeSet<&str> = tables.chain(told.iter().copied()).collect();
        all.into_iter().filter(move |table| {
            let times = told.iter().filter(|one| *one == table).count();
            times != 1 || !self.tables.iter().any(|one| one == table)
        })
    }

    /// The modules whose contract it needs: those that it calls and those that it hears.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.calls.iter().chain(&self.listens).map(String::as_str)
    }
}

impl Manifest {
    /// What [`Manifest::violations`] looks for.
    pub const RULES: [&'static Rule; 6] = [&ONE_OWNER, &NO_DATA_SERVICE, &STEWARD, &MODULES, &ONE_FACT, &FED];

    /// What the manifest gets wrong by itself.
    pub fn violations(&self) -> Vec<Violation> {
        let mut violations = self.tables_with_two_owners();
        violations.extend(self.data_service());
        for (name, module) in &self.modules {
            if module.steward.trim().is_empty() {
                violations.push(STEWARD.broken(format!("modules.toml: [{name}] has none")));
            }
            violations.extend(module.untold().map(|table| {
                ONE_FACT.broken(format!("modules.toml: `{table}` of [{name}] is not in one fact or copy"))
            }));
            let copied = module.copies.iter().map(|copied| copied.of.as_str());
            for owner in copied.filter(|owner| !module.needs().any(|needed| needed == *owner)) {
                violations.push(FED.broken(format!(
                    "modules.toml: [{name}] keeps a copy of {owner}'s, which it neither calls nor hears"
                )));
            }
            for other in module.needs().filter(|other| !self.modules.contains_key(*other)) {
                violations.push(
                    MODULES.broken(format!("modules.toml: [{name}] names `{other}`, which is no module")),
                );
            }
        }
        violations
    }

    /// Every table that a module may reach, its copies of the platform's among them.
    pub fn tables_of<'a>(&'a self, module: &'a Module) -> BTreeSet<&'a str> {
        module.tables.iter().chain(&self.platform.tables).map(String::as_str).collect()
    }

    /// The module that owns a table. The platform's tables are everybody's.
    pub fn owner(&self, table: &str) -> Option<&str> {
        let owns = |module: &Module| module.tables.iter().any(|own| own == table);
        self.modules.iter().find(|(_, module)| owns(module)).map(|(name, _)| name.as_str())
    }

    fn tables_with_two_owners(&self) -> Vec<Violation> {
        let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let own = self.modules.iter().map(|(name, module)| (name.as_str(), &module.tables));
        for (owner, tables) in own.chain([("platform", &self.platform.tables)]) {
            for table in tables {
                owners.entry(table).or_default().push(owner);
            }
        }
        let shared = owners.into_iter().filter(|(_, owners)| owners.len() > 1);
        shared
            .map(|(table, owners)| {
                ONE_OWNER.broken(format!("modules.toml: `{table}` is listed by {}", owners.join(" and ")))
            })
            .collect()
    }

    fn data_service(&self) -> Option<Violation> {
        let all: usize = self.modules.values().map(|module| module.tables.len()).sum();
        let (name, module) = self.modules.iter().find(|(_, module)| module.tables.len() * 2 > all)?;
        let most = module.tables.len();
        Some(NO_DATA_SERVICE.broken(format!("modules.toml: [{name}] owns {most} of the {all} tables")))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A shop of two modules, `order` calling `catalog`; other tests break it in one place each.
    pub(crate) const SOUND: &str = r#"
        [platform]
        tables = ["event_log", "outbox"]
        postgres_only = ["outbox"]
        [catalog]
        schema = "catalog"
        tables = ["products"]
        calls = []
        listens = []
        steward = "@a"
        facts = { goods = ["products"] }
        [order]
        schema = "orders"
        tables = ["orders"]
        calls = ["catalog"]
        listens = []
        steward = "@b"
        facts = { orders = ["orders"] }
    "#;

    /// The sound manifest with one text replaced by another.
    pub(crate) fn manifest(from: &str, to: &str) -> Manifest {
        assert!(from.is_empty() || SOUND.contains(from));
        toml::from_str(&SOUND.replacen(from, to, 1)).unwrap()
    }

    fn broken(from: &str, to: &str) -> String {
        manifest(from, to).violations().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_manifest_is_accepted() {
        assert_eq!(manifest("", "").violations(), []);
    }

    #[test]
    fn a_table_has_one_owner() {
        let shared = broken(r#"["orders"]"#, r#"["orders", "products"]"#);
        assert!(shared.contains("listed by catalog and order"), "{shared}");
        assert!(shared.contains("(anti-pattern: shared database)"), "{shared}");
        assert!(
            broken(r#"["orders"]"#, r#"["orders", "event_log"]"#).contains("listed by order and platform")
        );
        assert!(broken(r#"["orders"]"#, r#"["orders", "orders"]"#).contains("listed by order and order"));
    }

    #[test]
    fn no_module_owns_every_domains_tables() {
        let service = broken(r#"["orders"]"#, r#"["orders", "customers"]"#);
        assert!(service.contains("[order] owns 2 of the 3 tables"), "{service}");
        assert!(service.contains("(anti-pattern: data service)"), "{service}");
    }

    #[test]
    fn a_table_holds_one_fact_or_one_copy() {
        let untold = "`orders` of [order] is not in one";
        assert!(broken(r#"{ orders = ["orders"] }"#, "{}").contains(untold));
        let twice = r#"{ orders = ["orders"], sales = ["orders"] }"#;
        assert!(broken(r#"{ orders = ["orders"] }"#, twice).contains(untold));
        let stray = r#"{ orders = ["orders", "carts"] }"#;
        assert!(broken(r#"{ orders = ["orders"] }"#, stray).contains("`carts` of [order] is not in one"));
    }

    #[test]
    fn a_copy_is_fed_by_its_owner() {
        let copied = |of: &str| {
            let copy = format!(r#"[{{ what = "", of = "{of}", tables = ["orders"], kept = "", age = "" }}]"#);
            broken(r#"facts = { orders = ["orders"] }"#, &format!("copies = {copy}"))
        };
        assert_eq!(copied("catalog"), "");
        assert!(copied("payment").contains("keeps a copy of payment's"));
    }

    #[test]
    fn a_module_has_a_steward() {
        assert!(broken("@b", " ").contains("[order] has none"));
    }

    #[test]
    fn only_modules_are_called_and_heard() {
        assert!(
            broken(r#"calls = ["catalog"]"#, r#"calls = ["warehouse"]"#)
                .contains("`warehouse`, which is no module")
        );
        assert!(broken("listens = []", r#"listens = ["payment"]"#).contains("`payment`, which is no module"));
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(toml::from_str::<Manifest>(&SOUND.replace("steward", "stewart")).is_err());
    }
}
