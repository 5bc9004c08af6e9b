//! An example of an event, made from its schema: every field is there, every list has one item.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

/// An envelope with data of the shape that the document of an event says.
pub(super) fn envelope(document: &Value) -> Result<Value> {
    let part = |name: &str| document.get(name).cloned().with_context(|| format!("an event has no {name}"));
    let schema = part("data")?;
    let data = value(&schema, &schema)
        .with_context(|| format!("{} has no example", part("type").unwrap_or_default()))?;
    Ok(json!({
        "event_id": "evt_01k9qz3v8yfg2r5m4n3c680thw",
        "type": part("type")?,
        "schema_version": part("version")?,
        "occurred_at": "2026-11-23T07:42:00.000000Z",
        "aggregate_type": part("aggregate")?,
        "aggregate_id": "an-example",
        "aggregate_version": 7,
        "correlation_id": "req-1",
        "causation_id": null,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "actor": "admin",
        "data": data,
    }))
}

/// A value that the schema, a part of `root`, allows.
fn value(root: &Value, schema: &Value) -> Result<Value> {
    if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
        let definition = path.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return value(root, definition.with_context(|| format!("{path} is not there"))?);
    }
    if let Some(constant) = schema.get("const") {
        return Ok(constant.clone());
    }
    let first = |keyword: &str| schema.get(keyword).and_then(Value::as_array).and_then(|all| all.first());
    if let Some(allowed) = first("enum") {
        return Ok(allowed.clone());
    }
    if let Some(alternative) = first("oneOf").or_else(|| first("anyOf")) {
        return value(root, alternative);
    }
    match types(schema).first() {
        Some(&"object") => object(root, schema),
        Some(&"array") => list(root, schema),
        Some(&"string") => text(schema),
        Some(&"integer" | &"number") => Ok(json!(3)),
        Some(&"boolean") => Ok(json!(true)),
        _ => bail!("nothing is known of {schema}"),
    }
}

/// Types that the schema allows, without null.
fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).filter(|of| *of != "null").collect()
        }
        Some(Value::String(of)) => vec![of],
        _ => Vec::new(),
    }
}

fn object(root: &Value, schema: &Value) -> Result<Value> {
    let mut fields = Map::new();
    for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        fields.insert(name.clone(), value(root, field)?);
    }
    if let Some(others @ Value::Object(_)) = schema.get("additionalProperties") {
        fields.insert("colour".to_owned(), value(root, others)?);
    }
    Ok(Value::Object(fields))
}

fn list(root: &Value, schema: &Value) -> Result<Value> {
    if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
        return items.iter().map(|item| value(root, item)).collect();
    }
    let item = schema.get("items").context("nothing is known of the items of a list")?;
    Ok(json!([value(root, item)?]))
}

fn text(schema: &Value) -> Result<Value> {
    let keyword = |name: &str| schema.get(name).and_then(Value::as_str);
    let text = match (keyword("format"), keyword("pattern")) {
        (Some("date-time"), _) => "2026-11-23T07:42:00.000000Z".to_owned(),
        (Some("date"), _) => "2026-11-23".to_owned(),
        (_, None) => "an example".to_owned(),
        (_, Some("^[A-Z]{3}$")) => "EUR".to_owned(),
        (_, Some("^[A-Za-z0-9._-]{1,64}$")) => "LAMP-BLK".to_owned(),
        (_, Some(pattern)) => {
            let prefix = pattern
                .strip_prefix('^')
                .and_then(|pattern| pattern.strip_suffix("_[0-9a-hjkmnp-tv-z]{26}$"));
            let prefix = prefix.with_context(|| format!("no text is known that matches {pattern}"))?;
            format!("{prefix}_01k9qz3v8yfg2r5m4n3c680thw")
        }
    };
    Ok(text.into())
}
