//! The AsyncAPI 3.0 document of all events: a channel per module's log, a message per type, and who is given it.
//! <https://www.asyncapi.com/docs/reference/specification/v3.0.0>

use kernel::contract::EventMeta;
use serde_json::{Map, Value, json};

use crate::ownership::{CONTRACTS, Owned};

/// The document, with the listeners that the map knows.
pub(crate) fn document(map: &[Owned]) -> Value {
    let (mut channels, mut messages, mut schemas) = (Map::new(), Map::new(), Map::new());
    for contract in CONTRACTS.iter().filter(|contract| !contract.events.is_empty()) {
        let module = contract.module;
        let mut told = Map::new();
        for events in contract.events {
            for event_type in events.types {
                let data = Definitions { module, event_type, schemas: &mut schemas }.place(events);
                messages.insert((*event_type).to_owned(), message(events, event_type, &data));
                told.insert((*event_type).to_owned(), reference("components/messages", event_type));
            }
        }
        let channel = json!({
            "address": format!("{module}.event_log"),
            "title": format!("The event log of {module}"),
            "messages": told,
        });
        channels.insert(module.to_owned(), channel);
    }
    let mut operations = Map::new();
    for owned in map {
        self::operations(owned, &mut operations);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Holdfast events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Facts that modules made true and tell each other, each in the log of its module. `data` has the newest \
                            version; what was written in an older one is lifted when it is read.",
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    })
}

fn reference(place: &str, name: &str) -> Value {
    json!({"$ref": format!("#/{place}/{}", name.replace('~', "~0").replace('/', "~1"))})
}

fn message(events: &EventMeta, event_type: &str, data: &Value) -> Value {
    let text = || json!({"type": "string"});
    let optional = || json!({"type": ["string", "null"]});
    json!({
        "name": event_type,
        "title": event_type,
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["event_id", "type", "schema_version", "occurred_at", "aggregate_type", "aggregate_id",
                "aggregate_version", "correlation_id", "actor", "data"],
            "properties": {
                "event_id": text(),
                "type": {"type": "string", "const": event_type},
                "schema_version": {"type": "integer", "const": events.version(event_type)},
                "occurred_at": {"type": "string", "format": "date-time"},
                "aggregate_type": {"type": "string", "const": events.aggregate},
                "aggregate_id": text(),
                "aggregate_version": {"type": "integer", "format": "int64"},
                "correlation_id": text(),
                "causation_id": optional(),
                "traceparent": optional(),
                "actor": text(),
                "data": data,
            },
        },
    })
}

/// A module sends what it tells, and a subscription receives what it is given.
fn operations(owned: &Owned, operations: &mut Map<String, Value>) {
    let module = owned.ownership.module.as_str();
    if owned.events.is_empty() {
        return;
    }
    let place = format!("channels/{module}/messages");
    let mut received: Map<String, Value> = Map::new();
    let mut sent = Vec::new();
    for event in &owned.events {
        sent.push(reference(&place, event.event_type));
        for listener in &event.listeners {
            let messages = received.entry(listener.clone()).or_insert_with(|| json!([]));
            messages.as_array_mut().into_iter().for_each(|all| all.push(reference(&place, event.event_type)));
        }
    }
    let operation = |action: &str, messages: Value| json!({"action": action, "channel": reference("channels", module), "messages": messages});
    operations.insert(format!("{module}.tell"), operation("send", Value::Array(sent)));
    for (listener, messages) in received {
        operations.insert(listener, operation("receive", messages));
    }
}

/// Where the definitions of an event's data go: all of a document are in one place.
struct Definitions<'a> {
    module: &'static str,
    event_type: &'a str,
    schemas: &'a mut Map<String, Value>,
}

impl Definitions<'_> {
    /// The data's schema, once what it refers to is in the document.
    fn place(&mut self, events: &EventMeta) -> Value {
        let mut data = (events.shapes)(self.event_type).written;
        let definitions = data.as_object_mut().and_then(|data| data.remove("$defs"));
        let definitions = definitions.and_then(|all| all.as_object().cloned()).unwrap_or_default();
        for (name, definition) in &definitions {
            let schema = self.renamed(definition);
            let key = self.key(name);
            self.schemas.insert(key, schema);
        }
        self.renamed(&data)
    }

    /// Types of different modules may have the same name, and so may those of two events.
    fn key(&self, name: &str) -> String {
        format!("{}.{}.{name}", self.module, self.event_type)
    }

    fn renamed(&self, schema: &Value) -> Value {
        match schema {
            Value::Object(keywords) => keywords
                .iter()
                .map(|(keyword, value)| {
                    let name = value.as_str().and_then(|path| path.strip_prefix("#/$defs/"));
                    let path = name
                        .filter(|_| keyword == "$ref")
                        .map(|name| json!(format!("#/components/schemas/{}", self.key(name))));
                    (keyword.clone(), path.unwrap_or_else(|| self.renamed(value)))
                })
                .collect(),
            Value::Array(values) => values.iter().map(|value| self.renamed(value)).collect(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of the document that leads nowhere.
    fn lost<'a>(document: &'a Value, value: &'a Value) -> Vec<&'a str> {
        match value {
            Value::Object(fields) => {
                let reference = fields.get("$ref").and_then(Value::as_str);
                let gone = |path: &&str| document.pointer(path.trim_start_matches('#')).is_none();
                let within = fields.values().flat_map(|field| lost(document, field));
                reference.filter(gone).into_iter().chain(within).collect()
            }
            Value::Array(values) => values.iter().flat_map(|value| lost(document, value)).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_event_of_every_contract_is_a_message_of_its_module() {
        let document = document(&crate::ownership::map(&[]).unwrap());
        for contract in CONTRACTS {
            for event_type in contract.events.iter().flat_map(|events| events.types) {
                let channel = &document["channels"][contract.module];
                assert!(channel["messages"][event_type].is_object(), "{event_type}");
                let message = &document["components"]["messages"][event_type];
                assert_eq!(message["payload"]["properties"]["type"]["const"], *event_type);
            }
        }
        assert_eq!(document["operations"]["order.tell"]["action"], "send");
    }

    #[test]
    fn references_lead_somewhere() {
        let document = document(&crate::ownership::map(&[]).unwrap());
        assert_eq!(lost(&document, &document), [""; 0]);
        assert!(document["components"]["schemas"]["order.order.created.Money"].is_object());
    }
}
