//! Where two JSON Schemas differ, and how.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::rules::Change;

/// Bounds, and whether a greater one allows more.
const BOUNDS: [(&str, bool); 8] = [
    ("maximum", true),
    ("maxItems", true),
    ("maxLength", true),
    ("maxProperties", true),
    ("minimum", false),
    ("minItems", false),
    ("minLength", false),
    ("minProperties", false),
];
/// Keywords that are compared in ways of their own.
const UNDERSTOOD: [&str; 12] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "items",
    "oneOf",
    "prefixItems",
    "properties",
    "required",
    "type",
];

/// Changes from one schema to another, each with its place.
pub(super) fn between(old: &Value, new: &Value) -> Vec<(String, Change)> {
    let mut walk = Walk { old_root: old, new_root: new, seen: BTreeSet::new(), found: Vec::new() };
    walk.schema("", old, new);
    walk.found
}

struct Walk<'a> {
    old_root: &'a Value,
    new_root: &'a Value,
    /// What was compared, by address: a type may contain itself, and is told once however often it is used.
    seen: BTreeSet<(*const Value, *const Value)>,
    found: Vec<(String, Change)>,
}

/// One of the values, or kinds of values, that a schema allows.
type Alternatives<'a> = BTreeMap<String, &'a Value>;

impl<'a> Walk<'a> {
    fn note(&mut self, place: &str, change: Change) {
        self.found.push((place.to_owned(), change));
    }

    fn schema(&mut self, place: &str, old: &'a Value, new: &'a Value) {
        let (old, new) = (resolved(self.old_root, old), resolved(self.new_root, new));
        let (before, after) = (alternatives(self.old_root, old), alternatives(self.new_root, new));
        if before.len() == 1 && after.len() == 1 {
            for (one, other) in before.into_values().zip(after.into_values()) {
                self.single(place, one, other);
            }
            return;
        }
        for (value, one) in &before {
            match after.get(value) {
                Some(other) => self.single(&format!("{place}<{value}>"), one, other),
                None => self.note(place, Change::ValueRemoved(value.clone())),
            }
        }
        for value in after.keys().filter(|value| !before.contains_key(*value)) {
            self.note(place, Change::ValueAdded(value.clone()));
        }
    }

    /// Schemas without alternatives, except for those of their parts.
    fn single(&mut self, place: &str, old: &'a Value, new: &'a Value) {
        if !self.seen.insert((std::ptr::from_ref(old), std::ptr::from_ref(new))) {
            return;
        }
        let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else {
            if old != new {
                self.note(place, Change::Replaced(format!("{old} has become {new}")));
            }
            return;
        };
        let (was, is) = (kind(before), kind(after));
        if was.is_disjoint(&is) && was != is {
            let names = |kinds: BTreeSet<&str>| kinds.into_iter().collect::<Vec<_>>().join(" or ");
            return self.note(place, Change::Replaced(format!("{} has become {}", names(was), names(is))));
        }
        if (before.get("const"), before.get("enum")) != (after.get("const"), after.get("enum")) {
            self.note(place, Change::Replaced("the value is another one".to_owned()));
        }
        self.fields(place, before, after);
        self.items(place, before, after);
        self.bounds(place, before, after);
    }

    fn fields(&mut self, place: &str, before: &'a Map<String, Value>, after: &'a Map<String, Value>) {
        let ignored = before.get("additionalProperties") != Some(&Value::Bool(false));
        let (old, new) = (properties(before), properties(after));
        for (name, one) in &old {
            let place = format!("{place}/{name}");
            let Some(other) = new.get(name) else {
                self.note(&place, Change::FieldRemoved);
                continue;
            };
            match (is_required(before, name), is_required(after, name)) {
                (false, true) => self.note(&place, Change::FieldRequired),
                (true, false) => self.note(&place, Change::FieldOptional),
                _ => {}
            }
            self.schema(&place, one, other);
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            let required = is_required(after, name);
            self.note(&format!("{place}/{name}"), Change::FieldAdded { required, ignored });
        }
        self.others(place, before.get("additionalProperties"), after.get("additionalProperties"));
    }

    /// Fields whose names are not fixed.
    fn others(&mut self, place: &str, old: Option<&'a Value>, new: Option<&'a Value>) {
        let open = |others: Option<&Value>| others != Some(&Value::Bool(false));
        match (old, new) {
            (Some(one @ Value::Object(_)), Some(other @ Value::Object(_))) => {
                self.schema(&format!("{place}/*"), one, other);
            }
            (one, other) if open(one) && !open(other) => self.note(place, Change::Closed),
            (one, other) if !open(one) && open(other) => self.note(place, Change::Opened),
            (one, other) if one.is_some_and(Value::is_object) != other.is_some_and(Value::is_object) => {
                self.note(place, Change::Replaced("a map is no map any more, or has become one".to_owned()));
            }
            _ => {}
        }
    }

    fn items(&mut self, place: &str, before: &'a Map<String, Value>, after: &'a Map<String, Value>) {
        let of_tuple = |schema: &'a Map<String, Value>| -> &'a [Value] {
            schema.get("prefixItems").and_then(Value::as_array).map_or(&[], Vec::as_slice)
        };
        let (old, new) = (of_tuple(before), of_tuple(after));
        if old.len() != new.len() {
            self.note(place, Change::Replaced("the tuple has another length".to_owned()));
        }
        for (at, (one, other)) in old.iter().zip(new).enumerate() {
            self.schema(&format!("{place}/{at}"), one, other);
        }
        match (before.get("items"), after.get("items")) {
            (Some(one), Some(other)) => self.schema(&format!("{place}[]"), one, other),
            (None, None) => {}
            _ => self.note(place, Change::Replaced("its items are others".to_owned())),
        }
    }

    fn bounds(&mut self, place: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (bound, greater_is_wider) in BOUNDS {
            let of = |schema: &Map<String, Value>| schema.get(bound).and_then(Value::as_f64);
            if let Some(change) = self::bound(bound, greater_is_wider, of(before), of(after)) {
                self.note(place, change);
            }
        }
        let keywords: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for keyword in keywords {
            let known =
                UNDERSTOOD.contains(&keyword.as_str()) || BOUNDS.iter().any(|(bound, _)| bound == keyword);
            if !known && before.get(keyword) != after.get(keyword) {
                self.note(place, Change::Replaced(format!("its {keyword} is another one")));
            }
        }
    }
}

/// How a bound has changed; none is the widest.
pub(super) fn bound(
    name: &str,
    greater_is_wider: bool,
    old: Option<f64>,
    new: Option<f64>,
) -> Option<Change> {
    let wider = match (old, new) {
        (None, None) => return None,
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (Some(old), Some(new)) if old == new => return None,
        (Some(old), Some(new)) => (new > old) == greater_is_wider,
    };
    Some(if wider { Change::Widened(name.to_owned()) } else { Change::Narrowed(name.to_owned()) })
}

/// What the schema stands for, if it refers to a definition.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema.get("$ref").and_then(Value::as_str);
    let pointer = reference.and_then(|path| path.strip_prefix('#'));
    pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

/// What a schema allows, by name: the values of an enum by theirs, and all else by its type.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> Alternatives<'a> {
    let list = |keyword| schema.get(keyword).and_then(Value::as_array);
    if let Some(all) = list("oneOf").or_else(|| list("anyOf")) {
        return all.iter().flat_map(|one| alternatives(root, resolved(root, one))).collect();
    }
    if let Some(values) = list("enum") {
        return values.iter().map(|value| (value.to_string(), value)).collect();
    }
    if let Some(value) = schema.get("const") {
        return Alternatives::from([(value.to_string(), value)]);
    }
    if let Some(tag) = tag(schema) {
        return Alternatives::from([(tag, schema)]);
    }
    // Of null there is nothing more to say, wherever it is said.
    let of_type = |of: &'a Value| (of.to_string(), if of == "null" { of } else { schema });
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().map(of_type).collect(),
        Some(of) => Alternatives::from([of_type(of)]),
        None => Alternatives::from([("anything".to_owned(), schema)]),
    }
}

/// The name of an enum's variant, as serde writes it: the one key of a closed object, or a field that is always the same.
fn tag(variant: &Value) -> Option<String> {
    let properties = variant.get("properties")?.as_object()?;
    let constant = properties.values().find_map(|property| property.get("const"));
    let closed = variant.get("additionalProperties") == Some(&Value::Bool(false));
    let only = properties.keys().next().filter(|_| closed && properties.len() == 1);
    constant.map(Value::to_string).or_else(|| only.map(|name| format!("{name:?}")))
}

fn kind(schema: &Map<String, Value>) -> BTreeSet<&str> {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(of)) => BTreeSet::from([of.as_str()]),
        _ => BTreeSet::new(),
    }
}

fn properties(schema: &Map<String, Value>) -> BTreeMap<&String, &Value> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect()
}

fn is_required(schema: &Map<String, Value>, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;
