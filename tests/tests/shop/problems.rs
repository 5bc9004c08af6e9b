use serde_json::json;
use testkit::{TestShop, holdfast_test};

/// Codes that the contract names, beside those that the tests meet: the client looks each of these up by itself.
const PROMISED: [&str; 14] = [
    "insufficient-stock",
    "unknown-customer",
    "unknown-address",
    "unknown-sku",
    "sku-not-purchasable",
    "price-missing",
    "stock-reserved",
    "email-taken",
    "handle-taken",
    "sku-taken",
    "card-number-refused",
    "idempotency-key-missing",
    "idempotency-in-progress",
    "idempotency-key-reused",
];

#[holdfast_test]
async fn every_promised_problem_is_explained(shop: TestShop) {
    for code in PROMISED {
        let explained = shop.get(&format!("/problems/{code}")).anonymous().await;
        let text = String::from_utf8(explained.assert_ok().bytes.clone()).unwrap();
        assert!(text.contains(code) && text.len() > 40, "{text}");
    }
}

#[holdfast_test]
async fn a_request_keeps_its_id(shop: TestShop) {
    for id in ["a", "my-request.1", "0f8fad5b-d9cb-469f-a165-70867728950e"] {
        for path in ["/v1/products", "/v1/nothing", "/health/live"] {
            let reply = shop.get(path).header("x-request-id", id).await;
            assert_eq!(reply.header("x-request-id"), Some(id), "{}", reply.exchange());
        }
    }
    let refused = shop.get("/v1/nothing").header("x-request-id", "my-request.1").await;
    assert_eq!(refused["request_id"], "my-request.1");
}

#[holdfast_test]
async fn an_id_that_is_not_sane_is_replaced(shop: TestShop) {
    let (long, mut seen) = ("x".repeat(500), Vec::new());
    for id in ["", "two words", "<script>", "a\tb", "{}", &long] {
        let reply = shop.get("/v1/products").header("x-request-id", id).await;
        let given = reply.header("x-request-id").unwrap().to_owned();
        assert!(given != id && (8..=64).contains(&given.len()), "{}", reply.exchange());
        seen.push(given);
    }
    seen.push(shop.get("/v1/products").await.header("x-request-id").unwrap().to_owned());
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "ids are given twice: {seen:?}");
}

#[holdfast_test]
async fn a_refusal_keeps_the_id_of_its_first_request(shop: TestShop) {
    let refused =
        shop.post("/v1/customers", json!({"email": "nobody"})).header("x-request-id", "first-request").await;
    refused.assert_problem(422, "validation").assert_contains(json!({"request_id": "first-request"}));
}
