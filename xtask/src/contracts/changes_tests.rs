use serde_json::json;

use super::*;
use crate::contracts::rules::Direction;

/// A lamp, as others know it.
fn lamp() -> Value {
    json!({
        "type": "object",
        "properties": {
            "lumen": {"type": "integer", "format": "int64", "minimum": 0},
            "room": {"type": ["null", "string"]},
            "state": {"$ref": "#/$defs/State"},
            "colours": {"type": "array", "items": {"type": "string"}},
            "bulb": {"anyOf": [{"$ref": "#/$defs/Bulb"}, {"type": "null"}]},
        },
        "required": ["lumen", "state"],
        "$defs": {
            "State": {"type": "string", "enum": ["off", "on"]},
            "Bulb": {"oneOf": [
                {"type": "string", "enum": ["broken"]},
                {"type": "object", "additionalProperties": false, "required": ["led"],
                    "properties": {"led": {"type": "object", "properties": {"watt": {"type": "integer"}}}}},
            ]},
        },
    })
}

/// What becomes of the lamp when the value at a pointer is another one, as `place: change`.
fn changed(pointer: &str, to: Value) -> Vec<String> {
    let (old, mut new) = (lamp(), lamp());
    *new.pointer_mut(pointer).unwrap() = to;
    told(&old, &new)
}

fn told(old: &Value, new: &Value) -> Vec<String> {
    let mark = |change: &Change, direction, mark| if change.is_compatible(direction) { mark } else { "" };
    let told = |(place, change): (String, Change)| {
        let inbound = mark(&change, Direction::Inbound, " in");
        format!("{place}: {}{inbound}{}", change.describe(), mark(&change, Direction::Outbound, " out"))
    };
    between(old, new).into_iter().map(told).collect()
}

#[test]
fn nothing_changed() {
    assert_eq!(told(&lamp(), &lamp()), [""; 0]);
}

#[test]
fn fields_come_and_go() {
    let mut more = lamp();
    more["properties"]["price"] = json!({"type": "integer"});
    assert_eq!(told(&lamp(), &more), ["/price: an optional field is new in out"]);
    assert_eq!(told(&more, &lamp()), ["/price: the field is gone"]);
    more["required"] = json!(["lumen", "price", "state"]);
    assert_eq!(told(&lamp(), &more), ["/price: a required field is new out"]);
    assert_eq!(
        changed("/properties", json!({"lumens": lamp()["properties"]["lumen"]})).len(),
        6,
        "a new name is one that is gone and one that is new"
    );
}

#[test]
fn a_closed_type_gains_no_field_that_its_readers_refuse() {
    let (mut old, mut new) = (lamp(), lamp());
    for one in [&mut old, &mut new] {
        one["additionalProperties"] = json!(false);
    }
    new["properties"]["price"] = json!({"type": "integer"});
    assert_eq!(told(&old, &new), ["/price: an optional field is new in"]);
    assert_eq!(told(&lamp(), &old), [": unknown fields are refused now out"]);
    assert_eq!(told(&old, &lamp()), [": unknown fields are ignored now in out"]);
}

#[test]
fn fields_become_required_or_optional() {
    assert_eq!(
        changed("/required", json!(["lumen", "room", "state"])),
        ["/room: the field is required now out"]
    );
    assert_eq!(changed("/required", json!(["state"])), ["/lumen: the field may be absent now in"]);
}

#[test]
fn values_come_and_go() {
    let state = |values: Value| changed("/$defs/State/enum", values);
    assert_eq!(state(json!(["dim", "off", "on"])), [r#"/state: the value "dim" is new in"#]);
    assert_eq!(state(json!(["on"])), [r#"/state: the value "off" is gone out"#]);
    assert_eq!(changed("/properties/room/type", json!("string")), [r#"/room: the value "null" is gone out"#]);
    assert_eq!(
        changed("/properties/lumen/type", json!(["integer", "null"])),
        [r#"/lumen: the value "null" is new in"#]
    );
    assert_eq!(
        changed("/$defs/Bulb/oneOf/0/enum", json!(["broken", "lost"])),
        [r#"/bulb: the value "lost" is new in"#]
    );
}

#[test]
fn what_is_within_a_variant_is_compared() {
    let found = changed("/$defs/Bulb/oneOf/1/properties/led/properties/watt/type", json!("string"));
    assert_eq!(found, [r#"/bulb<"led">/led/watt: integer has become string"#]);
}

#[test]
fn types_are_not_exchanged() {
    assert_eq!(changed("/properties/lumen/type", json!("string")), ["/lumen: integer has become string"]);
    assert_eq!(changed("/properties/lumen/format", json!("int32")), ["/lumen: its format is another one"]);
    assert_eq!(
        changed("/properties/colours/items/type", json!("integer")),
        ["/colours[]: string has become integer"]
    );
    assert_eq!(changed("/properties/colours", json!({"type": "array"})), ["/colours: its items are others"]);
}

#[test]
fn bounds_are_narrowed_and_widened() {
    assert_eq!(changed("/properties/lumen/minimum", json!(1)), ["/lumen: minimum is narrower out"]);
    assert_eq!(changed("/properties/lumen/minimum", json!(-1)), ["/lumen: minimum is wider in"]);
    assert_eq!(bound("max", true, Some(5.0), Some(6.0)), Some(Change::Widened("max".into())));
    assert_eq!(bound("max", true, Some(5.0), None), Some(Change::Widened("max".into())));
    assert_eq!(bound("max", true, None, Some(5.0)), Some(Change::Narrowed("max".into())));
    assert_eq!(bound("max", true, Some(5.0), Some(5.0)), None);
}

#[test]
fn maps_and_tuples() {
    let map = |of: &str| json!({"type": "object", "additionalProperties": {"type": of}});
    assert_eq!(told(&map("string"), &map("integer")), ["/*: string has become integer"]);
    assert_eq!(told(&map("string"), &json!({"type": "object"})).len(), 1);
    let pair = |first: &str| json!({"type": "array", "prefixItems": [{"type": first}, {"type": "string"}]});
    assert_eq!(told(&pair("string"), &pair("integer")), ["/0: string has become integer"]);
    assert_eq!(told(&pair("string"), &json!({"type": "array"})), [": the tuple has another length"]);
}

#[test]
fn names_of_definitions_do_not_count_and_circles_end() {
    let node = |name: &str, of: &str| {
        json!({"$ref": format!("#/$defs/{name}"), "$defs": {name: {
            "type": "object",
            "properties": {
                "next": {"anyOf": [{"$ref": format!("#/$defs/{name}")}, {"type": "null"}]},
                "lumen": {"type": of},
            },
        }}})
    };
    assert_eq!(told(&node("Node", "integer"), &node("Link", "integer")), [""; 0]);
    assert_eq!(
        told(&node("Node", "integer"), &node("Node", "string")),
        ["/lumen: integer has become string"]
    );
}
