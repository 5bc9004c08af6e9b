//! As much of JSON Schema as the shop's document uses. A keyword that is not known here is ignored.

use serde_json::{Map, Value};

/// Where `value` breaks `schema`, whose references point into `root`.
pub(crate) fn faults(root: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut check = Check { root, faults: Vec::new() };
    check.value(schema, value, "", Extra::Refused);
    check.faults
}

struct Check<'a> {
    root: &'a Value,
    faults: Vec<String>,
}

/// Whether an object may have fields that its schema does not list. Nothing may be undocumented, but a part of an
/// `allOf` does not know the fields of the other parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    Refused,
    Allowed,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, at: &str, extra: Extra) {
        let schema = self.resolve(schema);
        let Some(keywords) = schema.as_object() else { return };
        if let Some(kinds) = keywords.get("type")
            && !one_or_many(kinds).iter().any(|kind| is_a(value, kind))
        {
            self.fault(at, &format!("{value} is not of type {kinds}"));
            return;
        }
        if let Some(allowed) = keywords.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            self.fault(at, &format!("{value} is none of {allowed:?}"));
        }
        self.bounds(keywords, value, at);
        self.combinations(keywords, value, at, extra);
        self.object(keywords, value, at, extra);
        if let (Some(schema), Some(items)) = (keywords.get("items"), value.as_array()) {
            for (place, item) in items.iter().enumerate() {
                self.value(schema, item, &format!("{at}/{place}"), Extra::Refused);
            }
        }
    }

    fn resolve(&self, schema: &Value) -> Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let target = self.root.pointer(reference.trim_start_matches('#'));
                self.resolve(target.unwrap_or_else(|| panic!("{reference} leads nowhere")))
            }
            None => schema.clone(),
        }
    }

    fn combinations(&mut self, keywords: &Map<String, Value>, value: &Value, at: &str, extra: Extra) {
        for part in keywords.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(part, value, at, Extra::Allowed);
        }
        for keyword in ["oneOf", "anyOf"] {
            let Some(choices) = keywords.get(keyword).and_then(Value::as_array) else { continue };
            let tried: Vec<Vec<String>> =
                choices.iter().map(|choice| self.attempt(choice, value, at, extra)).collect();
            if !tried.iter().any(Vec::is_empty) {
                self.fault(at, &format!("{value} fits no choice: {tried:?}"));
            }
        }
    }

    fn attempt(&self, schema: &Value, value: &Value, at: &str, extra: Extra) -> Vec<String> {
        let mut check = Check { root: self.root, faults: Vec::new() };
        check.value(schema, value, at, extra);
        check.faults
    }

    fn object(&mut self, keywords: &Map<String, Value>, value: &Value, at: &str, extra: Extra) {
        let Some(fields) = value.as_object() else { return };
        for name in keywords.get("required").and_then(Value::as_array).into_iter().flatten() {
            if name.as_str().is_some_and(|name| !fields.contains_key(name)) {
                self.fault(at, &format!("{name} is missing"));
            }
        }
        let known = keywords.get("properties").and_then(Value::as_object);
        let others = keywords.get("additionalProperties");
        for (name, field) in fields {
            let at = format!("{at}/{name}");
            match (known.and_then(|known| known.get(name)), others) {
                (Some(schema), _) => self.value(schema, field, &at, Extra::Refused),
                (None, Some(Value::Bool(false))) => self.fault(&at, "is refused"),
                (None, Some(schema)) => self.value(schema, field, &at, Extra::Refused),
                (None, None) if known.is_some() && extra == Extra::Refused => {
                    self.fault(&at, "is undocumented");
                }
                (None, None) => {}
            }
        }
    }

    fn bounds(&mut self, keywords: &Map<String, Value>, value: &Value, at: &str) {
        let length = |value: &Value| match value {
            Value::String(text) => Some(text.chars().count()),
            Value::Array(items) => Some(items.len()),
            _ => None,
        };
        let size = value.as_i64().or_else(|| length(value).and_then(|length| i64::try_from(length).ok()));
        let bound = |names: &[&str]| names.iter().find_map(|name| keywords.get(*name)?.as_i64());
        let least = bound(&["minimum", "minLength", "minItems"]);
        let most = bound(&["maximum", "maxLength", "maxItems"]);
        if let Some(size) = size
            && (least.is_some_and(|least| size < least) || most.is_some_and(|most| size > most))
        {
            self.fault(at, &format!("{size} is not within {least:?} and {most:?}"));
        }
    }

    fn fault(&mut self, at: &str, what: &str) {
        self.faults.push(format!("{at}: {what}"));
    }
}

fn one_or_many(kinds: &Value) -> Vec<&str> {
    match kinds {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        kind => kind.as_str().into_iter().collect(),
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        unknown => panic!("a type {unknown} does not exist"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(schema: &Value, value: &Value) -> usize {
        let root = json!({"defs": {"Sku": {"type": "string", "maxLength": 3}}});
        faults(&root, schema, value).len()
    }

    #[test]
    fn what_fits_has_no_faults() {
        let schema = json!({
            "type": "object", "required": ["sku"],
            "properties": {
                "sku": {"$ref": "#/defs/Sku"}, "note": {"type": ["string", "null"]},
                "lines": {"type": "array", "items": {"oneOf": [{"type": "null"}, {"$ref": "#/defs/Sku"}]}},
            },
        });
        assert_eq!(found(&schema, &json!({"sku": "a", "note": null, "lines": ["b", null]})), 0);
        assert_eq!(found(&schema, &json!({})), 1, "sku is missing");
        assert_eq!(found(&schema, &json!({"sku": "abcd"})), 1, "sku is too long");
        assert_eq!(found(&schema, &json!({"sku": "a", "extra": 1})), 1, "extra is undocumented");
        assert_eq!(found(&schema, &json!({"sku": 1, "lines": ["b", 2, "abcd"]})), 3);
    }

    #[test]
    fn parts_of_a_whole_do_not_know_each_other() {
        let part = |name: &str| json!({"type": "object", "properties": {name: {"type": "integer"}}});
        let schema = json!({"allOf": [part("a"), part("b")]});
        assert_eq!(found(&schema, &json!({"a": 1, "b": 2})), 0);
        assert_eq!(found(&schema, &json!({"a": 1, "b": "2"})), 1);
    }

    #[test]
    fn a_map_has_any_names_but_one_kind_of_value() {
        let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
        assert_eq!(found(&schema, &json!({"colour": "black"})), 0);
        assert_eq!(found(&schema, &json!({"colour": 1})), 1);
    }
}
