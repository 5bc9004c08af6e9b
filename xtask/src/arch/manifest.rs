use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Violation;

/// `modules.toml`: who owns which tables, and who calls whom.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    pub(super) platform: Platform,
    #[serde(flatten)]
    pub(super) modules: BTreeMap<String, Module>,
}

/// The tables that every module has its own copy of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Platform {
    pub(super) tables: Vec<String>,
    #[serde(default)]
    pub(super) postgres_only: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Module {
    pub(super) schema: String,
    pub(super) tables: Vec<String>,
    pub(super) calls: Vec<String>,
    /// `order`, or more narrowly `order.created`.
    pub(super) listens: Vec<String>,
    pub(super) steward: String,
    /// What its tables hold of its own, and where.
    #[serde(default)]
    facts: BTreeMap<String, Vec<String>>,
    /// What its tables hold of others.
    #[serde(default)]
    copies: Vec<Copied>,
}

/// What a module keeps of a fact that another one owns.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Copied {
    #[serde(rename = "what")]
    _what: String,
    of: String,
    tables: Vec<String>,
    #[serde(rename = "kept")]
    _kept: String,
    #[serde(rename = "age")]
    _age: String,
}

impl Module {
    /// Tables that are in no fact and no copy, or in two; and what is in one and is no table.
    fn untold(&self) -> impl Iterator<Item = &str> {
        let told: Vec<&str> = self
            .facts
            .values()
            .chain(self.copies.iter().map(|copied| &copied.tables))
            .flatten()
            .map(String::as_str)
            .collect();
        let tables = self.tables.iter().map(String::as_str);
        let all: BTreeSet<&str> = tables.chain(told.iter().copied()).collect();
        all.into_iter().filter(move |table| {
            let times = told.iter().filter(|one| *one == table).count();
            times != 1 || !self.tables.iter().any(|one| one == table)
        })
    }

    /// The modules whose contract it needs: those that it calls and those whose events it understands.
    pub(super) fn needs(&self) -> impl Iterator<Item = &str> {
        let heard = self.listens.iter().map(|event| event.split('.').next().unwrap_or(event));
        self.calls.iter().map(String::as_str).chain(heard)
    }
}

impl Manifest {
    /// # Errors
    /// When the file is missing or is not such a manifest.
    pub fn read(path: &Path) -> Result<Manifest> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        toml::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Of the modules, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.modules.keys().map(String::as_str)
    }

    /// What the manifest gets wrong by itself.
    pub(super) fn violations(&self) -> Vec<Violation> {
        let mut violations = self.tables_with_two_owners();
        for (name, module) in &self.modules {
            if module.steward.trim().is_empty() {
                violations.push(Violation::new(
                    "every module has a steward",
                    format!("modules.toml: [{name}] has none"),
                ));
            }
            violations.extend(module.untold().map(|table| {
                let found = format!("modules.toml: `{table}` of [{name}] is not in one fact or copy");
                Violation::new("every table holds one fact, or one copy", found)
            }));
            let copied = module.copies.iter().map(|copied| copied.of.as_str());
            for owner in copied.filter(|owner| !module.needs().any(|needed| needed == *owner)) {
                let found = format!(
                    "modules.toml: [{name}] keeps a copy of {owner}'s, which it neither calls nor hears"
                );
                violations.push(Violation::new("a copy is fed by its owner", found));
            }
            for other in module.needs().filter(|other| !self.modules.contains_key(*other)) {
                let found = format!("modules.toml: [{name}] names `{other}`, which is no module");
                violations.push(Violation::new("calls and listens name modules", found));
            }
        }
        violations
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
                let found = format!("modules.toml: `{table}` is listed by {}", owners.join(" and "));
                Violation::new("every table has exactly one owner", found)
            })
            .collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A shop of two modules, `order` calling `catalog`; other tests break it in one place each.
    pub(in crate::arch) const SOUND: &str = r#"
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
    pub(in crate::arch) fn manifest(from: &str, to: &str) -> Manifest {
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
        assert!(broken(r#"["orders"]"#, r#"["orders", "products"]"#).contains("listed by catalog and order"));
        assert!(
            broken(r#"["orders"]"#, r#"["orders", "event_log"]"#).contains("listed by order and platform")
        );
        assert!(broken(r#"["orders"]"#, r#"["orders", "orders"]"#).contains("listed by order and order"));
    }

    #[test]
    fn a_table_holds_one_fact_or_one_copy() {
        assert!(broken(r#"{ orders = ["orders"] }"#, "{}").contains("`orders` of [order] is not in one"));
        let twice = r#"{ orders = ["orders"], sales = ["orders"] }"#;
        assert!(broken(r#"{ orders = ["orders"] }"#, twice).contains("`orders` of [order] is not in one"));
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
        assert!(
            broken("listens = []", r#"listens = ["payment.captured"]"#)
                .contains("`payment`, which is no module")
        );
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        assert!(toml::from_str::<Manifest>(&SOUND.replace("steward", "stewart")).is_err());
    }
}
