use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::crates::{Dependency, Graph, Kind, Package};

// The part of `cargo metadata --format-version=1` that the rules need.

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Named>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Edge>,
}

#[derive(Deserialize)]
struct Edge {
    pkg: String,
    dep_kinds: Vec<EdgeKind>,
}

#[derive(Deserialize)]
struct EdgeKind {
    kind: Option<String>,
}

/// The resolved graph, by package name. Two versions of one package count as one: no rule asks for a version.
pub(super) fn graph(json: &serde_json::Value) -> Result<Graph> {
    let metadata = Metadata::deserialize(json).context("`cargo metadata` says something unexpected")?;
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let mut graph = Graph::default();
    for node in &metadata.resolve.nodes {
        let name = names.get(node.id.as_str()).context("a resolved package has no name")?;
        let package = graph.packages.entry((*name).to_owned()).or_insert_with(Package::default);
        package.is_member |= metadata.workspace_members.contains(&node.id);
        for edge in &node.deps {
            let to = names.get(edge.pkg.as_str()).context("a dependency has no name")?;
            package.dependencies.extend(edge.dep_kinds.iter().map(|kind| Dependency::new(to, kind.into())));
        }
    }
    Ok(graph)
}

impl From<&EdgeKind> for Kind {
    fn from(edge: &EdgeKind) -> Kind {
        // A build script's dependencies shape what is built: they count like any other.
        if edge.kind.as_deref() == Some("dev") { Kind::Dev } else { Kind::Normal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_kinds_and_members_are_read() {
        let json = serde_json::json!({
            "packages": [{"id": "path+order@1", "name": "order"}, {"id": "reg+serde@1", "name": "serde"}],
            "workspace_members": ["path+order@1"],
            "resolve": {"nodes": [
                {"id": "path+order@1", "deps": [{"pkg": "reg+serde@1", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]},
                {"id": "reg+serde@1", "deps": []},
            ]},
        });
        let graph = graph(&json).unwrap();
        let order = &graph.packages["order"];
        assert!(order.is_member && !graph.packages["serde"].is_member);
        assert_eq!(
            order.dependencies,
            [Dependency::new("serde", Kind::Normal), Dependency::new("serde", Kind::Dev)]
        );
    }
}
