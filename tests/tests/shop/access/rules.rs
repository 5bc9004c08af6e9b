//! `authz.toml`: the matrix as it was reviewed.

use std::collections::{BTreeMap, BTreeSet};

use kernel::Permission;
use serde::Deserialize;
use serde_json::{Value, json};
use testkit::Operation;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    /// What a role may at the first start; but for `owner`.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// By `operationId`.
    pub operations: BTreeMap<String, Rule>,
}

/// Of one operation; the file says what each word means.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rule {
    pub open: bool,
    pub visitor: bool,
    pub permission: Option<String>,
    pub own: bool,
    pub member: bool,
    pub people: bool,
}

impl Rules {
    pub(super) fn reviewed() -> Rules {
        let rules: Rules = toml::from_str(include_str!("../../../authz.toml")).unwrap();
        let known = everything();
        for (id, rule) in &rules.operations {
            assert!(rule.is_one(), "{id} in tests/authz.toml says nothing, or too much");
            let known = rule.permission.as_ref().is_none_or(|permission| known.contains(permission));
            assert!(known, "{id} in tests/authz.toml needs a permission that there is not");
        }
        rules
    }

    pub(super) fn of(&self, operation: &Operation) -> Rule {
        self.operations.get(id_of(operation)).cloned().unwrap_or_default()
    }
}

impl Rule {
    fn is_one(&self) -> bool {
        let Rule { open, visitor, permission, own, member, people } = self;
        let permitted = permission.is_some() && !visitor;
        [*open, *visitor, permitted, *member].into_iter().filter(|it| *it).count() == 1
            && (!own || permitted)
            && (!people || *member)
    }

    /// How the OpenAPI document says it.
    pub(super) fn security(&self) -> Value {
        let names: Vec<&String> = self.permission.iter().collect();
        match (self.open, self.visitor) {
            (true, _) => json!([{}]),
            (_, true) => json!([{}, {"bearer": names}]),
            _ => json!([{"bearer": names}]),
        }
    }
}

pub(super) fn id_of(operation: &Operation) -> &str {
    operation.spec["operationId"].as_str().unwrap_or_default()
}

/// The names of all permissions.
pub(super) fn everything() -> BTreeSet<String> {
    Permission::ALL.iter().map(|permission| permission.name().to_owned()).collect()
}
