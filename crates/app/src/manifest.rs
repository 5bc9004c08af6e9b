//! The ownership manifest, as it was when the binary was built.

use std::collections::BTreeMap;

use anyhow::Context;
use figment::Figment;
use figment::providers::{Format, Toml};
use ownership::{Manifest, Module};
use serde::Serialize;
use utoipa::ToSchema;

const TEXT: &str = include_str!("../../../modules.toml");

/// What a module owns, and whom it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Ownership {
    pub module: String,
    pub schema: String,
    /// Tables that only this module reads and writes.
    pub tables: Vec<String>,
    /// Modules whose API it calls and waits for.
    pub calls: Vec<String>,
    /// Modules whose events it applies.
    pub listens: Vec<String>,
    /// Who is asked before its contract changes.
    pub steward: String,
    /// What its tables hold that nobody else may say, and in which of them it is.
    pub facts: BTreeMap<String, Vec<String>>,
    /// What its tables hold that another module owns.
    pub copies: Vec<Copied>,
}

/// What a module keeps of a fact that another one owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Copied {
    pub what: String,
    /// The module that owns it.
    pub of: String,
    pub tables: Vec<String>,
    /// How the copy is kept.
    pub kept: String,
    /// How old it may be.
    pub age: String,
}

/// As the rules of ownership read it.
pub(crate) fn of_rules() -> anyhow::Result<Manifest> {
    Figment::from(Toml::string(TEXT)).extract().context("modules.toml")
}

/// Every module of `modules.toml`, by name; `platform` stands for the tables that each of them has a copy of.
pub(crate) fn read() -> anyhow::Result<Vec<Ownership>> {
    let Manifest { platform, modules } = of_rules()?;
    let platform =
        Ownership { module: "platform".to_owned(), tables: platform.tables, ..Ownership::default() };
    let mut all: Vec<Ownership> = modules.into_iter().map(Ownership::of).chain([platform]).collect();
    all.sort_by(|a, b| a.module.cmp(&b.module));
    Ok(all)
}

impl Ownership {
    fn of((module, read): (String, Module)) -> Ownership {
        let Module { schema, tables, calls, listens, steward, facts, copies } = read;
        let copies = copies.into_iter().map(Copied::of).collect();
        Ownership { module, schema, tables, calls, listens, steward, facts, copies }
    }
}

impl Copied {
    fn of(ownership::Copied { what, of, tables, kept, age }: ownership::Copied) -> Copied {
        Copied { what, of, tables, kept, age }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::MODULES;

    #[test]
    fn it_is_one_that_the_rules_can_read() {
        assert_eq!(of_rules().unwrap().violations(), []);
    }

    #[test]
    fn every_module_of_this_binary_is_in_the_manifest() {
        let all = read().unwrap();
        for name in MODULES {
            let found = all.iter().find(|ownership| ownership.module == name).unwrap();
            assert!(!found.tables.is_empty() && !found.schema.is_empty(), "{found:?}");
        }
    }
}
