use app::CONTRACTS;
use kernel::{Event, Upcast};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;
use crate::contracts::example;

/// What would be blessed of a contract today.
fn blessed(contract: &Contract) -> Blessed {
    let documents = contract.documents();
    let fingerprints = vec![(contract.version, contract.fingerprint())];
    let of = |document: &Document| (document.path.clone(), document.content.clone());
    let goldens = documents.iter().filter(|document| document.path.starts_with("events/")).map(|document| {
        let golden = serde_json::from_value(example::envelope(&document.content).unwrap()).unwrap();
        (document.path.replace(".json", ".golden.json"), golden)
    });
    Blessed { fingerprints, goldens: goldens.collect(), documents: documents.iter().map(of).collect() }
}

fn catalog() -> (&'static Contract, Blessed) {
    let contract = CONTRACTS.iter().find(|contract| contract.module == "catalog").unwrap();
    (contract, blessed(contract))
}

/// What is said about the catalog if the value at a pointer of a blessed document was another one.
fn judged(path: &str, pointer: &str, was: Value) -> Vec<Verdict> {
    let (contract, mut blessed) = catalog();
    *blessed.documents.get_mut(path).unwrap().pointer_mut(pointer).unwrap() = was;
    super::contract(contract, &blessed)
}

#[test]
fn what_is_blessed_is_accepted() {
    for contract in CONTRACTS {
        assert_eq!(super::contract(contract, &blessed(contract)), [], "{}", contract.module);
    }
}

#[test]
fn a_bound_may_rise() {
    let bound = |was| judged("methods/quote.json", "/max_items", json!(was));
    assert_eq!(bound(50), [(true, "methods/quote.json: max_items is wider".to_owned())]);
    assert_eq!(bound(101), [(false, "methods/quote.json: max_items is narrower".to_owned())]);
}

#[test]
fn a_request_is_judged_by_who_reads_it_and_a_reply_by_both() {
    let request = judged("methods/quote.json", "/request/required", json!(["currency"]));
    assert_eq!(request, [(false, "methods/quote.json: request/skus: the field is required now".to_owned())]);
    let refusals = "/reply/$defs/QuoteRefusal/enum";
    let newer = judged("methods/quote.json", refusals, json!(["not_purchasable", "unknown_sku"]));
    let value = r#"reply/lines[]<"refused">/refused: the value "price_missing" is new"#;
    assert_eq!(newer, [(false, format!("methods/quote.json: {value}"))]);
    let older = json!(["gone", "not_purchasable", "price_missing", "unknown_sku"]);
    let older = judged("methods/quote.json", refusals, older);
    let value = r#"methods/quote.json: reply/lines[]<"refused">/refused: the value "gone" is gone"#;
    assert_eq!(older, [(true, value.to_owned()), (false, value.to_owned())]);
}

#[test]
fn a_reply_may_gain_what_its_readers_can_do_without() {
    let (contract, mut blessed) = catalog();
    let reply = &mut blessed.documents.get_mut("methods/walk.json").unwrap()["reply"]["$defs"]["Product"];
    for field in ["description", "title"] {
        reply["properties"].as_object_mut().unwrap().remove(field);
        reply["required"].as_array_mut().unwrap().retain(|name| name != field);
    }
    let at = |field: &str, what: &str| format!("methods/walk.json: reply/products[]/{field}: {what}");
    assert_eq!(
        super::contract(contract, &blessed),
        [
            (true, at("description", "a required field is new")),
            (true, at("title", "a required field is new")),
            (false, at("title", "a required field is new")),
        ],
        "an older module writes neither; null stands in for a description, and nothing for a title"
    );
}

#[test]
fn methods_and_events_do_not_vanish() {
    let (contract, mut blessed) = catalog();
    let quote = blessed.documents.get("methods/quote.json").unwrap().clone();
    blessed.documents.insert("methods/ask.json".to_owned(), quote);
    let event = json!({"type": "product.sold", "version": 1, "aggregate": "product", "data": {}});
    blessed.documents.insert("events/product.sold.v1.json".to_owned(), event);
    let found = super::contract(contract, &blessed);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|(compatible, _)| !compatible), "{found:?}");
}

#[test]
fn another_version_of_a_contract_may_change_its_methods() {
    let (_, mut blessed) = catalog();
    let quote = blessed.documents.get_mut("methods/quote.json").unwrap();
    quote["max_items"] = json!(1000);
    let catalog = &catalog_api::catalog_rpc::CONTRACT;
    let next = Contract::new("catalog", 2, catalog.methods, catalog.events, "");
    assert_eq!(super::contract(&next, &blessed), [(true, "version 2 of the contract, after 1".to_owned())]);
    blessed.fingerprints.push((3, next.fingerprint()));
    assert!(super::contract(&next, &blessed).iter().any(|(compatible, _)| !compatible));
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
enum LampEvent {
    #[serde(rename = "lamp.lit")]
    Lit { lumen: u32 },
}

impl Event for LampEvent {
    const AGGREGATE: &'static str = "lamp";
    const TYPES: &'static [&'static str] = &["lamp.lit"];
    const UPCASTS: &'static [Upcast] = &[Upcast {
        event_type: "lamp.lit",
        from: 1,
        lift: |data| {
            let candela = data.get("candela").and_then(Value::as_u64).ok_or("it has no candela")?;
            Ok(json!({"lumen": candela.saturating_mul(12)}))
        },
    }];

    fn event_type(&self) -> &'static str {
        "lamp.lit"
    }
}

static LAMP: Contract = Contract::new("lamp", 1, &[], &[EventMeta::of::<LampEvent>()], "");

/// The version that was written before there was an upcast, blessed with its example.
fn first_lamp() -> Blessed {
    let mut blessed = Blessed { fingerprints: vec![(1, LAMP.fingerprint())], ..Blessed::default() };
    let data = json!({"type": "object", "properties": {"candela": {"type": "integer"}}});
    let document = json!({"type": "lamp.lit", "version": 1, "aggregate": "lamp", "data": data});
    let golden = serde_json::from_value(example::envelope(&document).unwrap()).unwrap();
    blessed.goldens.insert("events/lamp.lit.v1.golden.json".to_owned(), golden);
    blessed.documents.insert("events/lamp.lit.v1.json".to_owned(), document);
    blessed
}

#[test]
fn an_event_changes_by_a_version_and_an_upcast() {
    let next = "events/lamp.lit.v2.json: the version is new; listeners are upgraded first";
    assert_eq!(super::contract(&LAMP, &first_lamp()), [(true, next.to_owned())]);
    let never = super::contract(&LAMP, &blessed_without_first());
    assert!(
        never.contains(&(false, "events/lamp.lit.v2.json: version 1 was never blessed".to_owned())),
        "{never:?}"
    );
}

fn blessed_without_first() -> Blessed {
    Blessed { fingerprints: vec![(1, LAMP.fingerprint())], ..Blessed::default() }
}

#[test]
fn an_example_that_the_upcast_does_not_understand_is_found() {
    let mut blessed = first_lamp();
    let golden = blessed.goldens.values_mut().next().unwrap();
    golden.data = serde_json::value::to_raw_value(&json!({"watt": 5})).unwrap();
    let found = super::contract(&LAMP, &blessed);
    let why = "events/lamp.lit.v1.golden.json: lamp.lit of version 1 cannot be lifted: it has no candela";
    assert!(found.contains(&(false, why.to_owned())), "{found:?}");
}

#[test]
fn an_event_without_a_new_version_stays_as_it_is() {
    let found = judged("events/product.updated.v1.json", "/data/required", json!(["product", "who"]));
    assert!(found.is_empty(), "what is required and not a field is nothing: {found:?}");
    let found = judged(
        "events/product.updated.v1.json",
        "/data/$defs/Variant/properties/sku",
        json!({"type": "integer"}),
    );
    assert!(found.iter().any(|(compatible, what)| !compatible && what.contains("sku")), "{found:?}");
}
