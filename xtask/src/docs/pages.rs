//! The pages in Markdown.

use std::fmt::Write;

use ownership::Copied;

use super::map::{Event, Map, Method, Owned};
use super::order;

const NOTE: &str = "<!-- Written by `cargo xtask docs`. -->\n";

/// Who owns which fact, where it is, how to ask for it and hear of it, and who keeps a copy.
pub(super) fn ownership(map: &Map) -> String {
    let mut page = format!(
        "{NOTE}# Who owns what\n\n\
         Every fact has one owner. Others ask it, hear of it, or keep a copy that says how old it is.\n\
         `holdfast ownership` and `GET /v1/admin/ownership` say the same of the running binary.\n\n\
         | fact | owner | tables |\n|---|---|---|\n"
    );
    for owned in map.modules() {
        for (fact, tables) in &owned.facts {
            let _ = writeln!(page, "| {fact} | [{0}](#{0}) | {1} |", owned.module, code(tables));
        }
    }
    page.push_str("\n| copy | owner | kept by | tables | how | how old |\n|---|---|---|---|---|---|\n");
    for owned in map.modules() {
        for Copied { what, of, tables, kept, age } in &owned.copies {
            let (keeper, tables) = (&owned.module, code(tables));
            let _ = writeln!(page, "| {what} | [{of}](#{of}) | {keeper} | {tables} | {kept} | {age} |");
        }
    }
    let shared: Vec<String> = map.shared_tables().map(str::to_owned).collect();
    let _ = write!(
        page,
        "\nEach module has tables of its own for what is the same everywhere: {}.\n",
        code(&shared)
    );
    map.modules().for_each(|owned| module(&mut page, map, owned));
    page
}

fn module(page: &mut String, map: &Map, owned: &Owned) {
    let Owned { module, schema, steward, contract, methods, events, copies, .. } = owned;
    let version = contract.as_ref().map_or(0, |contract| contract.version);
    let _ = write!(
        page,
        "\n## {module}\n\nSchema `{schema}`, steward {steward}, contract version {version}.\n\n"
    );
    let asked = methods.iter().map(|Method { name, kind }| {
        format!("[`{name}`](../../contracts/{module}/methods/{name}.json) ({kind})")
    });
    let told = events.iter().map(|event| event_link(module, event));
    for (what, list) in [("Ask it", asked.collect::<Vec<_>>()), ("Hear of it", told.collect())] {
        if !list.is_empty() {
            let _ = writeln!(page, "- {what}: {}.", list.join(", "));
        }
    }
    for (keeper, Copied { what, tables, kept, age, .. }) in map.copies_of(module) {
        let _ = writeln!(page, "- Kept by {keeper} in {}: {what}. How: {kept}. Age: {age}.", code(tables));
    }
    for Copied { what, of, tables, .. } in copies {
        let _ = writeln!(page, "- Keeps of [{of}](#{of}) in {}: {what}.", code(tables));
    }
}

/// Every event: what it is about, who tells it, who is given it.
pub(super) fn events(map: &Map) -> String {
    let mut page = format!(
        "{NOTE}# Events\n\n\
         A link leads to the shape of the data; older versions are beside it, with an example of each. [asyncapi.json](asyncapi.json)\n\
         says the same to machines. Copies of listeners are as old as their feeds lag: `/v1/admin/subscriptions`.\n\n\
         | event | aggregate | versions | producer | listeners |\n|---|---|---|---|---|\n"
    );
    for owned in map.modules() {
        for event in &owned.events {
            let Event { aggregate, version, listeners, .. } = event;
            let versions = if *version == 1 { "1".to_owned() } else { format!("1 to {version}") };
            let (link, listeners) = (event_link(&owned.module, event), code(listeners));
            let _ = writeln!(page, "| {link} | {aggregate} | {versions} | {} | {listeners} |", owned.module);
        }
    }
    page
}

/// Who calls and hears whom, and the order of an upgrade.
pub(super) fn modules(map: &Map) -> String {
    let mut page = format!(
        "{NOTE}# Modules\n\n![Who needs whom](modules.svg)\n\n\
         A solid arrow is a call that is waited for, a dashed one an event that is heard. The same as text:\n\n```mermaid\ngraph TD\n"
    );
    for owned in map.modules() {
        for callee in &owned.calls {
            let _ = writeln!(page, "  {} --> {callee}", owned.module);
        }
        for source in &owned.listens {
            let _ = writeln!(page, "  {source} -.-> {}", owned.module);
        }
    }
    page.push_str(
        "```\n\n## In which order to upgrade\n\n\
         Where modules are processes of their own: whoever is called before those who call it, as a module may be asked more than\n\
         before and not less. Those of one step in any order.\n\n",
    );
    for step in order::steps(map) {
        let _ = writeln!(page, "1. {}", step.join(", "));
    }
    page.push_str(
        "\nListeners need no order to be correct: an event that is younger than its listener waits for it. Where an event gets a new\n\
         version or a new type, upgrade those who hear it first, and nothing waits:\n\n| events of | heard by |\n|---|---|\n",
    );
    for owned in map.modules() {
        let hear = |other: &&Owned| other.listens.contains(&owned.module);
        let listeners: Vec<&str> = map.modules().filter(hear).map(|other| other.module.as_str()).collect();
        if !listeners.is_empty() {
            let _ = writeln!(page, "| {} | {} |", owned.module, listeners.join(", "));
        }
    }
    page
}

fn event_link(module: &str, Event { event_type, version, .. }: &Event) -> String {
    format!("[`{event_type}`](../../contracts/{module}/events/{event_type}.v{version}.json)")
}

fn code(names: &[String]) -> String {
    if names.is_empty() {
        return "–".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_has_its_owner_its_tables_and_who_copies_it() {
        let page = ownership(&Map::example());
        assert!(page.contains("| what a catalog is | [catalog](#catalog) | `catalog` |"), "{page}");
        assert!(
            page.contains("- Kept by order in `titles`: titles. How: by its events. Age: seconds."),
            "{page}"
        );
        assert!(page.contains("[`find`](../../contracts/order/methods/find.json) (query)"), "{page}");
    }

    #[test]
    fn an_event_has_its_producer_and_its_listeners() {
        let page = events(&Map::example());
        let link = "[`catalog.made`](../../contracts/catalog/events/catalog.made.v2.json)";
        assert!(
            page.contains(&format!("| {link} | catalog | 1 to 2 | catalog | `order.follow` |")),
            "{page}"
        );
    }

    #[test]
    fn calls_and_events_are_arrows_and_callees_are_upgraded_first() {
        let page = modules(&Map::example());
        assert!(page.contains("  order --> catalog\n  catalog -.-> order\n"), "{page}");
        assert!(page.contains("1. catalog\n1. order\n1. mail\n"), "{page}");
        assert!(page.contains("| catalog | order |"), "{page}");
    }
}
