//! JSON Schemas of Rust types, reduced to what two sides must agree on.

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json, value::RawValue};

use crate::{Bounded, Envelope, Event, ReadError, Upcast};

/// The shapes of a method on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Shapes {
    /// [`Bounded::MAX_ITEMS`] of the request.
    pub max_items: usize,
    /// As the module reads it.
    pub request: Value,
    /// As the module writes it.
    pub reply: Value,
    /// As a caller reads it.
    pub reply_read: Value,
    /// As the module writes it.
    pub error: Value,
    /// As a caller reads it.
    pub error_read: Value,
}

/// The shape of an event's data.
#[derive(Clone, Debug, PartialEq)]
pub struct EventShapes {
    /// As it is logged.
    pub written: Value,
    /// As a listener reads it.
    pub read: Value,
}

/// What the binary knows about the events of one aggregate.
#[derive(Clone, Copy)]
pub struct EventMeta {
    /// What they are about: `order`.
    pub aggregate: &'static str,
    /// All that can happen to it: `order.created`.
    pub types: &'static [&'static str],
    pub upcasts: &'static [Upcast],
    /// Of one of the types.
    pub shapes: fn(&str) -> EventShapes,
    /// The data of an event of one of these types, in the newest version.
    pub read: fn(&Envelope) -> Result<Box<RawValue>, ReadError>,
}

impl EventMeta {
    pub const fn of<E: Event + JsonSchema>() -> EventMeta {
        EventMeta {
            aggregate: E::AGGREGATE,
            types: E::TYPES,
            upcasts: E::UPCASTS,
            shapes: event_shapes::<E>,
            read: |envelope| Ok(envelope.read::<E>()?.data()?),
        }
    }

    /// The newest version of a type.
    pub fn version(&self, event_type: &str) -> u32 {
        Upcast::newest(self.upcasts, event_type)
    }
}

/// What [`MethodMeta::shapes`](crate::MethodMeta::shapes) is for a method of these types.
pub fn method_shapes<Q: Bounded + JsonSchema, R: JsonSchema, E: JsonSchema>() -> Shapes {
    Shapes {
        max_items: Q::MAX_ITEMS,
        request: read::<Q>(),
        reply: written::<R>(),
        reply_read: read::<R>(),
        error: written::<E>(),
        error_read: read::<E>(),
    }
}

/// Of the data of one type of event.
pub fn event_shapes<E: JsonSchema>(event_type: &str) -> EventShapes {
    EventShapes { written: data_of(&written::<E>(), event_type), read: data_of(&read::<E>(), event_type) }
}

fn written<T: JsonSchema>() -> Value {
    reduced(
        &SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>().into(),
    )
}

fn read<T: JsonSchema>() -> Value {
    reduced(
        &SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().into(),
    )
}

/// What is only there to be read by people, and whatever else two sides need not agree on.
const ANNOTATIONS: [&str; 6] = ["$schema", "title", "description", "examples", "default", "deprecated"];
/// Keywords whose value has schemas by names that are not keywords.
const NAMED_SCHEMAS: [&str; 3] = ["$defs", "properties", "patternProperties"];

/// The schema without annotations, in canonical form: the same contract has the same text, whatever the order of its
/// declarations and whatever is said about it.
fn reduced(schema: &Value) -> Value {
    match schema {
        Value::Object(keywords) => {
            let kept = keywords.iter().filter(|(keyword, _)| !ANNOTATIONS.contains(&keyword.as_str()));
            let kept = kept.map(|(keyword, value)| (keyword.clone(), reduced_keyword(keyword, value)));
            sorted(Value::Object(one_enum(kept.collect())))
        }
        Value::Array(schemas) => schemas.iter().map(reduced).collect(),
        other => other.clone(),
    }
}

fn reduced_keyword(keyword: &str, value: &Value) -> Value {
    match value {
        Value::Object(schemas) if NAMED_SCHEMAS.contains(&keyword) => {
            schemas.iter().map(|(name, schema)| (name.clone(), reduced(schema))).collect()
        }
        Value::Array(values) if matches!(keyword, "enum" | "required" | "type") => {
            let mut values = values.clone();
            values.sort_by_key(Value::to_string);
            Value::Array(values)
        }
        Value::Object(_) | Value::Array(_) if !matches!(keyword, "const") => reduced(value),
        other => other.clone(),
    }
}

/// An enum of plain names is a list of alternatives as soon as one of them has a comment: the names alone count.
fn one_enum(mut keywords: Map<String, Value>) -> Map<String, Value> {
    let names = match keywords.get("oneOf") {
        Some(Value::Array(alternatives)) => alternatives.iter().map(names_of).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    if let Some(names) = names {
        let mut names = names.concat();
        names.sort_by_key(Value::to_string);
        keywords.remove("oneOf");
        keywords.insert("type".to_owned(), json!("string"));
        keywords.insert("enum".to_owned(), Value::Array(names));
    }
    keywords
}

/// The texts that a schema allows, if it says nothing else.
fn names_of(schema: &Value) -> Option<Vec<Value>> {
    let keywords = schema.as_object()?;
    let named = keywords.get("type")? == "string" && keywords.len() == 2;
    match (keywords.get("const"), keywords.get("enum")) {
        (Some(name), None) if named => Some(vec![name.clone()]),
        (None, Some(Value::Array(names))) if named => Some(names.clone()),
        _ => None,
    }
}

/// With the keys of all objects in the order of the alphabet.
pub(super) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}

/// The part of an event enum's schema that is about the data of one type; `false`, which allows nothing, if it has no such
/// type.
fn data_of(events: &Value, event_type: &str) -> Value {
    let alternatives = events.get("oneOf").and_then(Value::as_array).into_iter().flatten();
    let mut properties = alternatives.filter_map(|alternative| alternative.get("properties"));
    let of = properties
        .find(|properties| properties.pointer("/type/const").is_some_and(|name| name == event_type));
    let Some(mut data) = of.and_then(|properties| properties.get("data")).cloned() else {
        return Value::Bool(false);
    };
    let definitions = needed(&data, events.get("$defs"));
    if let Some(data) = data.as_object_mut().filter(|_| !definitions.is_empty()) {
        data.insert("$defs".to_owned(), Value::Object(definitions));
    }
    sorted(data)
}

/// Definitions that a schema refers to, and those that they refer to.
fn needed(schema: &Value, definitions: Option<&Value>) -> Map<String, Value> {
    let (mut found, mut names) = (Map::new(), Vec::new());
    referred(schema, &mut names);
    while let Some(name) = names.pop() {
        let definition = definitions.and_then(|all| all.get(&name));
        if let Some(definition) = definition.filter(|_| !found.contains_key(&name)) {
            referred(definition, &mut names);
            found.insert(name, definition.clone());
        }
    }
    found
}

fn referred(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str);
            names.extend(reference.and_then(|path| path.strip_prefix("#/$defs/")).map(str::to_owned));
            map.values().for_each(|value| referred(value, names));
        }
        Value::Array(values) => values.iter().for_each(|value| referred(value, names)),
        _ => {}
    }
}
