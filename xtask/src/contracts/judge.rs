//! A contract of today against the blessed one.

use std::collections::BTreeSet;

use kernel::contract::{Document, EventMeta};
use kernel::{Contract, Envelope, MethodMeta};
use serde_json::Value;

use super::changes;
use super::files::Blessed;
use super::rules::{Change, Direction};

/// Whether a change is compatible, and what it is.
type Verdict = (bool, String);

/// What differs, and what cannot be read any more.
pub(super) fn contract(contract: &Contract, blessed: &Blessed) -> Vec<Verdict> {
    let documents = contract.documents();
    let mut verdicts: Vec<Verdict> = versions(contract, blessed).into_iter().collect();
    let methods = documents.iter().filter(|document| document.path.starts_with("methods/"));
    if contract.version <= blessed.version() {
        verdicts.extend(methods.flat_map(|document| method(contract, document, blessed)));
        verdicts.extend(gone(&documents, blessed).map(|path| (false, format!("{path}: the method is gone"))));
    }
    for events in contract.events {
        verdicts.extend(
            events.types.iter().flat_map(|event_type| event(events, event_type, &documents, blessed)),
        );
        verdicts.extend(gaps(events));
    }
    verdicts.extend(silenced(contract, blessed));
    verdicts.extend(blessed.goldens.iter().filter_map(|(path, golden)| unreadable(contract, path, golden)));
    verdicts
}

fn versions(contract: &Contract, blessed: &Blessed) -> Option<Verdict> {
    let (is, was) = (contract.version, blessed.version());
    let fingerprint = contract.fingerprint();
    match is.cmp(&was) {
        std::cmp::Ordering::Less => Some((false, format!("version {was} is blessed, and the code has {is}"))),
        std::cmp::Ordering::Greater => Some((true, format!("version {is} of the contract, after {was}"))),
        std::cmp::Ordering::Equal => (blessed.fingerprints.last() != Some(&(is, fingerprint)))
            .then(|| (true, format!("the fingerprint {fingerprint} is new"))),
    }
}

fn method(contract: &Contract, document: &Document, blessed: &Blessed) -> Vec<Verdict> {
    let Document { path, content } = document;
    let Some(old) = blessed.documents.get(path) else {
        return vec![(true, format!("{path}: the method is new"))];
    };
    let of = |meta: &&&MethodMeta| *path == format!("methods/{}.json", meta.method);
    let Some(meta) = contract.methods.iter().find(of) else { return Vec::new() };
    let shapes = (meta.shapes)();
    let part = |of: &'static str| (of, old.get(of).unwrap_or(&Value::Null));
    let mut found: Vec<Verdict> = bound(path, old, content).into_iter().collect();
    if old.get("kind") != content.get("kind") {
        found.push((false, format!("{path}: it is another kind of method")));
    }
    found.extend(message(path, part("request"), &[(&shapes.request, Direction::Inbound)]));
    for (part, written, read) in [
        (part("reply"), &shapes.reply, &shapes.reply_read),
        (part("error"), &shapes.error, &shapes.error_read),
    ] {
        found.extend(message(path, part, &[(written, Direction::Outbound), (read, Direction::Inbound)]));
    }
    found
}

/// The bound of a request.
fn bound(path: &str, old: &Value, new: &Value) -> Option<Verdict> {
    let of = |document: &Value| document.get("max_items").and_then(Value::as_f64);
    let change = changes::bound("max_items", true, of(old), of(new))?;
    Some((change.is_compatible(Direction::Inbound), format!("{path}: {}", change.describe())))
}

/// Changes of one message. The first of the shapes is what is blessed next; of the others only what is incompatible counts.
fn message(path: &str, (part, old): (&str, &Value), new: &[(&Value, Direction)]) -> Vec<Verdict> {
    let mut found: Vec<Verdict> = Vec::new();
    for (round, (shape, direction)) in new.iter().enumerate() {
        for (place, change) in changes::between(old, shape) {
            let compatible = change.is_compatible(*direction);
            let verdict = (compatible, told(path, part, &place, &change));
            if (round == 0 || !compatible) && !found.contains(&verdict) {
                found.push(verdict);
            }
        }
    }
    found
}

fn told(path: &str, part: &str, place: &str, change: &Change) -> String {
    format!("{path}: {part}{place}: {}", change.describe())
}

fn event(events: &EventMeta, event_type: &str, documents: &[Document], blessed: &Blessed) -> Vec<Verdict> {
    let version = events.version(event_type);
    let path = format!("events/{event_type}.v{version}.json");
    let Some(old) = blessed.documents.get(&path) else {
        let what = if version == 1 {
            "the event is new"
        } else {
            "the version is new; listeners are upgraded first"
        };
        let before = (1..version)
            .filter(|before| !blessed.documents.contains_key(&format!("events/{event_type}.v{before}.json")));
        let missing = before.map(|before| (false, format!("{path}: version {before} was never blessed")));
        return missing.chain([(true, format!("{path}: {what}"))]).collect();
    };
    let shapes = (events.shapes)(event_type);
    let mut found: Vec<Verdict> = Vec::new();
    let new = documents.iter().find(|document| document.path == path);
    if new.is_some_and(|new| new.content.get("aggregate") != old.get("aggregate")) {
        found.push((false, format!("{path}: it is about another aggregate")));
    }
    let data = ("data", old.get("data").unwrap_or(&Value::Null));
    found.extend(message(
        &path,
        data,
        &[(&shapes.written, Direction::Outbound), (&shapes.read, Direction::Inbound)],
    ));
    found
}

/// Upcasts that lead from nowhere, or of events that there are not.
fn gaps(events: &EventMeta) -> Vec<Verdict> {
    let strays = events.upcasts.iter().filter(|upcast| {
        !events.types.contains(&upcast.event_type)
            || !(1..events.version(upcast.event_type)).contains(&upcast.from)
    });
    strays
        .map(|upcast| {
            (false, format!("the upcast of {} from version {} leads nowhere", upcast.event_type, upcast.from))
        })
        .collect()
}

/// Methods that are blessed and that there are no more.
fn gone<'a>(documents: &'a [Document], blessed: &'a Blessed) -> impl Iterator<Item = &'a String> {
    let named: BTreeSet<&String> = documents.iter().map(|document| &document.path).collect();
    blessed.documents.keys().filter(move |path| path.starts_with("methods/") && !named.contains(path))
}

/// Events that are blessed and that the code does not know: logs have them, whatever the version of the contract.
fn silenced(contract: &Contract, blessed: &Blessed) -> Vec<Verdict> {
    let known = |event_type: &str, version: u64| {
        let events = contract.events.iter().find(|events| events.types.contains(&event_type));
        events.is_some_and(|events| u64::from(events.version(event_type)) >= version)
    };
    let mut verdicts = Vec::new();
    for (path, content) in blessed.documents.iter().filter(|(path, _)| path.starts_with("events/")) {
        let event_type = content.get("type").and_then(Value::as_str).unwrap_or_default();
        let version = content.get("version").and_then(Value::as_u64).unwrap_or_default();
        if !known(event_type, version) {
            verdicts.push((false, format!("{path}: logs have such events, and the code knows them no more")));
        }
    }
    verdicts
}

/// Why an example of an event cannot be read by today's code, if it cannot.
fn unreadable(contract: &Contract, path: &str, golden: &Envelope) -> Option<Verdict> {
    let knows = |events: &&EventMeta| events.types.contains(&golden.event_type.as_str());
    match contract.events.iter().find(knows) {
        None => Some((false, format!("{path}: the event is known no more"))),
        Some(events) => (events.read)(golden).err().map(|error| (false, format!("{path}: {error}"))),
    }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
