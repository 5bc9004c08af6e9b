//! Every operation that takes a body, fed with what no client should send: the right problem, and nothing changed.

mod operations;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Connection, Reply, Request, TestShop, holdfast_test};

use self::operations::{Operation, operations};
use crate::snapshot::Snapshot;

/// Operations on payments, which no request of this API begins yet: see `payments.rs`, and the tests of that module.
const ELSEWHERE: &str = "/v1/payments/";
/// No JSON: see `profile_pictures.rs`.
const PICTURE: &str = "/profile/picture";

/// A shop with one of each thing, and requests that it would accept.
struct Bench {
    shop: TestShop,
    alice: testkit::TestCustomer,
    operations: Vec<Operation>,
    before: Snapshot,
}

impl Bench {
    async fn new(shop: TestShop) -> Bench {
        let (alice, operations) = operations(&shop).await;
        let before = Snapshot::of(&shop, &[&alice]).await;
        Bench { shop, alice, operations, before }
    }

    fn request(&self, operation: &Operation) -> Request {
        self.shop.request(operation.method.clone(), &operation.path)
    }

    async fn send(&self, operation: &Operation, body: impl Into<Vec<u8>>) -> Reply {
        self.request(operation).raw(body).await
    }

    async fn assert_nothing_changed(&self) {
        assert_eq!(Snapshot::of(&self.shop, &[&self.alice]).await, self.before);
    }
}

/// The body with another value at one place.
fn with(body: &Value, pointer: &str, value: Value) -> String {
    let mut body = body.clone();
    *body.pointer_mut(pointer).unwrap() = value;
    body.to_string()
}

/// Pointers to everything inside a value that satisfies the condition.
fn places(value: &Value, wanted: fn(&Value) -> bool) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, field)| (format!("/{name}"), field)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| (format!("/{n}"), item)).collect(),
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (at, value) in inside {
        found.extend(places(value, wanted).into_iter().map(|deeper| format!("{at}{deeper}")));
        if wanted(value) {
            found.push(at);
        }
    }
    found
}

#[holdfast_test]
async fn every_operation_with_a_body_is_here(shop: TestShop) {
    let bench = Bench::new(shop).await;
    let document = bench.shop.document().await;
    let documented: BTreeSet<(String, String)> = (document.operations().iter())
        .filter(|operation| operation.takes_a_body() && !operation.path.starts_with(ELSEWHERE))
        .filter(|operation| !operation.path.ends_with(PICTURE))
        .map(|operation| (operation.method.clone(), operation.shape()))
        .collect();
    let here = bench.operations.iter().map(|operation| {
        let found = document.find(operation.method.as_str(), &operation.path);
        (operation.method.to_string(), found.expect("it is documented").shape())
    });
    assert_eq!(here.collect::<BTreeSet<_>>(), documented);
}

#[holdfast_test]
async fn what_is_not_json(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let valid = operation.body.to_string();
        let cut = &valid[..valid.len() - 1];
        let twice = format!("{valid} {valid}");
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        for body in ["", " ", "{", "nope", "{\"a\":}", "'single'", cut, &twice] {
            bench.send(operation, body).await.assert_problem(400, "malformed-json");
        }
        bench.send(operation, b"{\"a\": \"\xff\xfe\"}").await.assert_refused(400);
        let reply = bench.send(operation, deep).await;
        assert!(matches!(reply.status, 400 | 422), "{}", reply.exchange());
        let deep_inside = format!("{cut},\"deep\":{}1{}}}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
        let reply = bench.send(operation, deep_inside).await;
        assert!(matches!(reply.status, 400 | 422), "{}", reply.exchange());
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn what_is_json_of_another_shape(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        for body in ["null", "[]", "1", "\"text\"", "true", "[{}]"] {
            bench.send(operation, body).await.assert_problem(422, "validation");
        }
        for place in places(&operation.body, |_| true) {
            let wrong = match operation.body.pointer(&place).unwrap() {
                Value::String(_) => json!(17),
                Value::Number(_) => json!("17"),
                Value::Array(_) => json!({"0": 1}),
                _ => json!([true]),
            };
            let reply = bench.send(operation, with(&operation.body, &place, wrong)).await;
            reply.assert_problem(422, "validation").assert_names(&place);
        }
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn lists_in_place_of_objects(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let objects = places(&operation.body, Value::is_object);
        for place in objects.iter().filter(|place| !place.ends_with("/options")) {
            let fields = operation.body.pointer(place).unwrap().as_object().unwrap();
            let list = fields.values().cloned().collect::<Value>();
            let reply = bench.send(operation, with(&operation.body, place, list)).await;
            reply.assert_problem(422, "validation").assert_names(place);
        }
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn names_that_look_like_paths(shop: TestShop) {
    for (name, step) in [("a.b", "a.b"), ("a/b", "a~1b"), ("~[0]", "~0[0]")] {
        let product = json!({"title": "Lamp", "variants": [{"sku": "LAMP", "options": {name: 17}}]});
        let reply = shop.post("/v1/products", product).await;
        reply.assert_problem(422, "validation").assert_names(&format!("/variants/0/options/{step}"));
    }
}

#[holdfast_test]
async fn fields_that_do_not_exist(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let objects = places(&operation.body, |value| value.is_object());
        for place in
            objects.iter().map(String::as_str).chain([""]).filter(|place| !place.ends_with("/options"))
        {
            let mut body = operation.body.clone();
            body.pointer_mut(place).unwrap()["surprise"] = json!(1);
            bench.send(operation, body.to_string()).await.assert_problem(422, "validation");
        }
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn fields_that_are_there_twice(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let valid = operation.body.to_string();
        let name = operation.body.as_object().unwrap().keys().next().unwrap();
        let twice = format!("{},\"{name}\":{}}}", &valid[..valid.len() - 1], operation.body[name]);
        let reply = bench.send(operation, twice).await;
        assert!(matches!(reply.status, 400 | 422), "{}", reply.exchange());
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn text_with_nul(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        for place in places(&operation.body, Value::is_string) {
            for text in ["\0", "a\0b"] {
                let reply = bench.send(operation, with(&operation.body, &place, json!(text))).await;
                reply.assert_problem(422, "validation").assert_names(&place);
            }
        }
        let name = format!("{{\"a\\u0000\": 1, {}", &operation.body.to_string()[1..]);
        bench.send(operation, name).await.assert_problem(422, "validation");
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn numbers_beyond_64_bits(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        for place in places(&operation.body, Value::is_number) {
            for number in ["9223372036854775808", "-9223372036854775809", "1e30", "0.5", "1e400"] {
                let body = with(&operation.body, &place, json!("#")).replace("\"#\"", number);
                let reply = bench.send(operation, body).await;
                match number {
                    "1e400" => assert!(matches!(reply.status, 400 | 422), "{}", reply.exchange()),
                    _ => drop(reply.assert_problem(422, "validation").assert_names(&place)),
                }
            }
        }
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn the_greatest_numbers_are_no_accident(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        for place in places(&operation.body, Value::is_number) {
            for number in [i64::MAX, i64::MIN, -1] {
                let reply = bench.send(operation, with(&operation.body, &place, json!(number))).await;
                assert!(reply.status < 500, "{}", reply.exchange());
            }
        }
    }
}

#[holdfast_test]
async fn bodies_that_are_too_large(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let padded = |bytes: usize| format!("{{\"padding\": \"{}\"}}", "x".repeat(bytes));
        for bytes in [70 * 1024, 5 * 1024 * 1024] {
            bench.send(operation, padded(bytes)).await.assert_problem(413, "too-large");
        }
        if operation.method == "POST" {
            let mut connection = Connection::open(bench.shop.address()).await.unwrap();
            let reply = connection.post_chunked(&operation.path, &padded(70 * 1024)).await.unwrap();
            assert_eq!(reply.status, 413, "{}", String::from_utf8_lossy(&reply.body));
        }
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn bodies_that_are_said_to_be_something_else(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let request = || bench.request(operation).json(operation.body.clone());
        for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json", ""] {
            let reply = request().header("content-type", kind).await;
            reply.assert_problem(415, "unsupported-media-type");
        }
        request().without("content-type").await.assert_problem(415, "unsupported-media-type");
        let packed = request().header("content-encoding", "gzip").await;
        packed.assert_problem(415, "unsupported-media-type");
    }
    bench.assert_nothing_changed().await;
}

#[holdfast_test]
async fn the_requests_themselves_are_good(shop: TestShop) {
    let bench = Bench::new(shop).await;
    for operation in &bench.operations {
        let reply = bench.request(operation).json(operation.body.clone()).await;
        // A healthy shop has nothing that was given up or is to be reviewed, and an order that is placed is no saga any more.
        let none = ["dead-letter-not-found", "effect-not-found", "saga-not-found", "order-not-in-review"];
        // Nobody has logged in: neither tokens nor passwords are right, and the admin has none.
        let nobody = ["token-invalid", "invalid-credentials", "account-not-found", "forbidden"];
        let good = matches!(reply.status, 200..=202)
            || none.contains(&reply.code())
            || nobody.contains(&reply.code());
        assert!(good, "{}", reply.exchange());
    }
}
