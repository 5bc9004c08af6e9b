use std::collections::BTreeMap;

use ownership::Copied;
use serde::Deserialize;

/// What `holdfast ownership --json` says, as far as pages need it.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Map(Vec<Owned>);

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Owned {
    pub module: String,
    pub schema: String,
    pub tables: Vec<String>,
    pub calls: Vec<String>,
    pub listens: Vec<String>,
    pub steward: String,
    pub facts: BTreeMap<String, Vec<String>>,
    pub copies: Vec<Copied>,
    pub contract: Option<Contract>,
    pub methods: Vec<Method>,
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Contract {
    pub version: u32,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Method {
    pub name: String,
    pub kind: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Event {
    #[serde(rename = "type")]
    pub event_type: String,
    pub aggregate: String,
    pub version: u32,
    pub listeners: Vec<String>,
}

impl Map {
    /// Those that have a contract, by name: `platform` is no module.
    pub(super) fn modules(&self) -> impl Iterator<Item = &Owned> {
        self.0.iter().filter(|owned| owned.contract.is_some())
    }

    /// The tables that every module has a copy of.
    pub(super) fn shared_tables(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|owned| owned.contract.is_none())
            .flat_map(|owned| &owned.tables)
            .map(String::as_str)
    }

    /// What others keep of a module's facts, and who does.
    pub(super) fn copies_of<'a>(&'a self, owner: &'a str) -> impl Iterator<Item = (&'a str, &'a Copied)> {
        let copies = self
            .modules()
            .flat_map(|owned| owned.copies.iter().map(|copied| (owned.module.as_str(), copied)));
        copies.filter(move |(_, copied)| copied.of == owner)
    }
}

#[cfg(test)]
impl Map {
    /// A shop in which `order` calls `catalog` and hears it, and `mail` calls `order`.
    pub(super) fn example() -> Map {
        let module = |name: &str, calls: &[&str], listens: &[&str]| {
            serde_json::json!({
                "module": name, "schema": name, "tables": [name], "calls": calls, "listens": listens, "steward": "@a",
                "facts": {(format!("what a {name} is")): [name]}, "copies": [], "contract": {"version": 1},
                "methods": [{"name": "find", "kind": "query"}],
                "events": [{"type": format!("{name}.made"), "aggregate": name, "version": 2, "listeners": []}],
            })
        };
        let mut all = vec![module("catalog", &[], &[]), module("mail", &["order"], &[])];
        all.push(module("order", &["catalog"], &["catalog"]));
        all[2]["copies"] = serde_json::json!([
            {"what": "titles", "of": "catalog", "tables": ["titles"], "kept": "by its events", "age": "seconds"}
        ]);
        all[0]["events"][0]["listeners"] = serde_json::json!(["order.follow"]);
        serde_json::from_value(all.into()).unwrap()
    }
}
