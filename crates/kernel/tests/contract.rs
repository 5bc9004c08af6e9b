//! What `module_api!` says about a contract, and what one process makes of another one's.

use kernel::{
    Agreement, ApiError, Bounded, BoxFut, CallCtx, Event, Fingerprint, Money, contract::FingerprintError,
    module_api,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Light {
    pub lumen: u32,
    /// Where it hangs.
    pub room: Option<String>,
}

impl Bounded for Light {
    const MAX_ITEMS: usize = 7;

    fn items(&self) -> usize {
        1
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lit {
    On,
    Off,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Broken {
    Bulb { worth: Money },
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum LampEvent {
    #[serde(rename = "lamp.lit")]
    Lit { by: String },
    #[serde(rename = "lamp.sold")]
    Sold(Sale),
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Sale {
    price: Money,
}

impl Event for LampEvent {
    const AGGREGATE: &'static str = "lamp";
    const TYPES: &'static [&'static str] = &["lamp.lit", "lamp.sold"];

    fn event_type(&self) -> &'static str {
        match self {
            LampEvent::Lit { .. } => "lamp.lit",
            LampEvent::Sold(_) => "lamp.sold",
        }
    }
}

module_api! {
    /// Lamps.
    pub trait LampApi = "lamp", error Broken, adapters lamp_rpc,
        contract { version: 2, events: [LampEvent], blessed: BLESSED } {
        /// Lights one.
        query light(Light) -> Lit;
    }
}

/// A version that is over, two fingerprints of this one, and the one that follows them is not blessed yet.
const BLESSED: &str = "\
    1 1111111111111111111111111111111111111111111111111111111111111111\n\
    2 2222222222222222222222222222222222222222222222222222222222222222\n\
    2 3333333333333333333333333333333333333333333333333333333333333333\n";

struct Dark;

impl LampApi for Dark {
    fn light<'a>(&'a self, _: &'a CallCtx, _: Light) -> BoxFut<'a, Result<Lit, ApiError<Broken>>> {
        Box::pin(async { Ok(Lit::Off) })
    }
}

fn document(path: &str) -> Option<Value> {
    let mut all = lamp_rpc::CONTRACT.documents().into_iter();
    all.find(|document| document.path == path).map(|document| document.content)
}

#[test]
fn a_contract_is_its_methods_and_events() {
    let documents = lamp_rpc::CONTRACT.documents();
    let paths: Vec<&str> = documents.iter().map(|document| document.path.as_str()).collect();
    assert_eq!(paths, ["events/lamp.lit.v1.json", "events/lamp.sold.v1.json", "methods/light.json"]);
}

#[test]
fn a_method_is_told_by_its_wire() {
    let light = document("methods/light.json").unwrap();
    assert_eq!((&light["kind"], &light["max_items"]), (&json!("query"), &json!(7)));
    assert_eq!(light["request"]["properties"]["room"], json!({"type": ["null", "string"]}));
    assert_eq!(light["request"]["required"], json!(["lumen"]), "a reader needs no null");
    assert_eq!(light["reply"], json!({"type": "string", "enum": ["off", "on"]}));
    assert_eq!(light["error"]["$defs"]["Money"]["required"], json!(["amount", "currency"]));
}

#[test]
fn an_event_has_what_it_needs_and_no_more() {
    let lit = document("events/lamp.lit.v1.json").unwrap();
    assert_eq!(lit["data"]["properties"], json!({"by": {"type": "string"}}));
    assert_eq!(lit["data"].get("$defs"), None);
    let sold = document("events/lamp.sold.v1.json").unwrap();
    let definitions: Vec<&String> = sold["data"]["$defs"].as_object().unwrap().keys().collect();
    assert_eq!(definitions, ["Currency", "Money", "Sale"]);
}

#[test]
fn words_about_a_contract_are_no_part_of_it() {
    let contract = lamp_rpc::CONTRACT.documents();
    let text: String = contract.iter().map(|document| document.content.to_string()).collect();
    assert!(!text.contains("Where it hangs"), "{text}");
    assert!(!text.contains("description") && !text.contains("title"), "{text}");
}

#[test]
fn what_was_blessed_under_the_same_version_is_understood() {
    let contract = &lamp_rpc::CONTRACT;
    let digits = |digit: char| digit.to_string().repeat(64).parse::<Fingerprint>().unwrap();
    assert_eq!(contract.judge(2, contract.fingerprint()), Agreement::Same);
    assert_eq!(contract.judge(2, digits('2')), Agreement::Older);
    assert_eq!(contract.judge(2, digits('3')), Agreement::Older);
    assert_eq!(contract.judge(2, digits('1')), Agreement::Unknown, "it was blessed under another version");
    assert_eq!(contract.judge(2, digits('4')), Agreement::Unknown);
    assert_eq!(contract.judge(1, digits('1')), Agreement::Incompatible);
    assert_eq!(contract.judge(3, contract.fingerprint()), Agreement::Incompatible);
}

#[test]
fn a_fingerprint_depends_on_every_document() {
    let documents = lamp_rpc::CONTRACT.documents();
    let whole = Fingerprint::of(&documents);
    assert_eq!(whole, lamp_rpc::CONTRACT.fingerprint());
    for place in 0..documents.len() {
        let mut other = documents.clone();
        other[place].content["aggregate"] = json!("torch");
        assert_ne!(Fingerprint::of(&other), whole, "{}", documents[place].path);
    }
    assert_ne!(Fingerprint::of(&documents[1..]), whole);
}

#[test]
fn a_fingerprint_has_one_text() {
    let fingerprint = lamp_rpc::CONTRACT.fingerprint();
    assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
    for bad in [String::new(), "0".repeat(63), "0".repeat(65), "A".repeat(64), format!("+{}", "0".repeat(63))]
    {
        assert_eq!(bad.parse::<Fingerprint>(), Err(FingerprintError), "{bad:?}");
    }
}

#[tokio::test]
async fn the_contract_has_the_methods_that_can_be_called() {
    let cx = CallCtx::system("test", std::time::Duration::from_secs(60));
    for method in lamp_rpc::CONTRACT.methods {
        let body = br#"{"lumen": 1}"#;
        assert!(lamp_rpc::dispatch(&Dark, method.method, &cx, body).await.is_ok());
    }
}
