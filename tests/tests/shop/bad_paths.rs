//! Paths, methods and query parameters that no client should send.

use reqwest::Method;
use serde_json::json;
use testkit::{Operation, TestShop, holdfast_test};

use crate::snapshot::Snapshot;

const LISTS: [&str; 14] = [
    "/v1/products",
    "/v1/orders",
    "/v1/stock/LAMP/ledger",
    "/v1/customers/{id}/addresses",
    "/v1/customers/{id}/payment-methods",
    "/v1/orders?status=placed",
    "/v1/categories",
    "/v1/countries",
    "/v1/currencies",
    "/v1/tax-categories",
    "/v1/staff",
    "/v1/roles",
    "/v1/api-keys",
    "/v1/admin/audit",
];

#[holdfast_test]
async fn pages_that_make_no_sense(shop: TestShop) {
    shop.product("lamp").stock(1).create().await;
    let alice = shop.customer("alice").await;
    for list in LISTS {
        let list = list.replace("{id}", &alice.id);
        let joint = if list.contains('?') { '&' } else { '?' };
        shop.get(&list).await.assert_ok();
        for query in [
            "limit=0",
            "limit=101",
            "limit=-1",
            "limit=ten",
            "limit=",
            "limit=1.5",
            "limit=99999999999999999999",
            "limit=1&limit=2",
            "cursor=",
            "cursor=nonsense",
            "cursor=%00",
            "cursor=%FF",
            "cursor=-1",
            "surprise=1",
            "Limit=1",
            "offset=1",
        ] {
            shop.get(&format!("{list}{joint}{query}")).await.assert_problem(422, "validation");
        }
    }
}

#[holdfast_test]
async fn searching_for_nul(shop: TestShop) {
    for parameter in ["q", "category", "sku", "status"] {
        let reply = shop.get(&format!("/v1/products?{parameter}=a%00b")).await;
        reply.assert_problem(422, "validation");
    }
    for text in ["%FF", "%C3%28", "%"] {
        let reply = shop.get(&format!("/v1/products?q={text}")).await;
        assert!(reply.status < 500, "{}", reply.exchange());
    }
}

#[holdfast_test]
async fn parameters_that_do_not_exist(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let before = Snapshot::of(&shop, &[&alice]).await;
    let (customer, product) = (format!("/v1/customers/{}", alice.id), format!("/v1/products/{}", lamp.id));
    for path in [&customer, &product, "/v1/stock/LAMP", &format!("/v1/orders/{}", order.id)] {
        shop.get(&format!("{path}?surprise=1")).await.assert_problem(422, "validation");
    }
    let writes = [
        shop.post("/v1/orders?surprise=1", alice.new_order([(&lamp, 1)])),
        shop.post("/v1/customers?surprise=1", json!({"email": "bob@example.com", "name": "Bob"})),
        shop.patch(&format!("{customer}?surprise=1"), json!({"name": "Bob"})),
        shop.patch(&format!("{product}?surprise=1"), json!({"title": "Chair"})),
        shop.delete(&format!("{customer}/addresses/{}?surprise=1", alice.address_id)),
    ];
    for write in writes {
        write.await.assert_problem(422, "validation");
    }
    assert_eq!(Snapshot::of(&shop, &[&alice]).await, before);
}

#[holdfast_test]
async fn every_operation_names_the_parameter_it_does_not_have(shop: TestShop) {
    for operation in shop.document().await.operations() {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let request = shop.request(method, &format!("{}?surprise=1", sample(operation)));
        let request = if operation.takes_a_body() { request.json(json!({})) } else { request };
        let stranger = request.clone().anonymous().await;
        request.await.assert_problem(422, "validation").assert_names("surprise");
        stranger.assert_refused(if operation.is_open() { 422 } else { 401 });
    }
    for (query, name) in
        [("limit=ten", "limit"), ("limit=1&cursor=%00", "cursor"), ("limit=1&limit=1", "limit")]
    {
        let reply = shop.get(&format!("/v1/orders?{query}")).await;
        reply.assert_problem(422, "validation").assert_names(name);
    }
}

#[holdfast_test]
async fn routes_that_do_not_exist(shop: TestShop) {
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/products",
        "/v1/product",
        "/v1/orders/",
        "/v1/orders//cancellation",
        "/.env",
        "/v1/products/lamp/variants/LAMP",
        "/v1/stock",
        "/internal",
        "/v1/%00",
    ] {
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let reply = shop.request(method, path).anonymous().await;
            assert!(matches!(reply.status, 404 | 405), "{}", reply.exchange());
            reply.assert_refused(reply.status);
        }
    }
    shop.get("/v1/nothing").await.assert_problem(404, "not-found");
    shop.get("/problems/no-such-problem").await.assert_problem(404, "not-found");
}

#[holdfast_test]
async fn methods_that_do_not_exist(shop: TestShop) {
    let document = shop.document().await;
    for operation in document.operations() {
        let path = sample(operation);
        let here = |method: &Method| document.find(method.as_str(), &path).is_some();
        let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let trace = Method::TRACE;
        for method in known.iter().chain([&trace]).filter(|method| !here(method)) {
            let reply = shop.request(method.clone(), &path).await;
            reply.assert_problem(405, "method-not-allowed");
            let allow = reply.header("allow").expect("405 says what is allowed");
            let mut allowed: Vec<&str> = allow.split(',').map(str::trim).collect();
            allowed.retain(|method| !matches!(*method, "HEAD" | "OPTIONS"));
            allowed.sort_unstable();
            let mut documented: Vec<&str> =
                known.iter().filter(|method| here(method)).map(Method::as_str).collect();
            documented.sort_unstable();
            assert_eq!(allowed, documented, "{}", reply.exchange());
        }
    }
}

/// Its path with something in every place for a parameter.
fn sample(operation: &Operation) -> String {
    let part = |part: &str| if part.starts_with('{') { "sample".to_owned() } else { part.to_owned() };
    operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[holdfast_test]
async fn ids_that_are_none(shop: TestShop) {
    shop.product("lamp").stock(1).create().await;
    let alice = shop.customer("alice").await;
    let good = "01k9qz3v8yfg2r5m4n3c680thw";
    let customer = format!("/v1/customers/{}", alice.id);
    for bad in [
        "x",
        "prod_",
        good,
        "CUS_01K9QZ3V8YFG2R5M4N3C680THW",
        "evt_01k9qz3v8yfg2r5m4n3c680thw",
        "cus_01k9qz3v8yfg2r5m4n3c680tho",
        "%00",
        "cus_81k9qz3v8yfg2r5m4n3c680thw",
        "..%2F..%2Fetc",
        "%F0%9F%A5%94",
    ] {
        shop.get(&format!("/v1/customers/{bad}")).await.assert_problem(400, "malformed-path");
        shop.patch(&format!("/v1/customers/{bad}"), json!({"name": "x"}))
            .await
            .assert_problem(400, "malformed-path");
        shop.get(&format!("/v1/customers/{bad}/addresses")).await.assert_problem(400, "malformed-path");
        shop.delete(&format!("{customer}/addresses/{bad}")).await.assert_problem(400, "malformed-path");
        shop.delete(&format!("{customer}/payment-methods/{bad}")).await.assert_problem(400, "malformed-path");
        shop.patch(&format!("/v1/products/{bad}"), json!({"title": "x"}))
            .await
            .assert_problem(400, "malformed-path");
        let cancellation = format!("/v1/orders/{bad}/cancellation");
        shop.post(&cancellation, json!({"reason": "x"})).await.assert_problem(400, "malformed-path");
        let shipments = format!("/v1/orders/{bad}/shipments");
        shop.post(&shipments, json!({"lines": [{"sku": "LAMP", "quantity": 1}]}))
            .await
            .assert_problem(400, "malformed-path");
        for either in [format!("/v1/products/{bad}"), format!("/v1/orders/{bad}")] {
            let reply = shop.get(&either).await;
            assert!(matches!(reply.status, 400 | 404), "{}", reply.exchange());
            reply.assert_refused(reply.status);
        }
    }
}

#[holdfast_test]
async fn skus_that_are_none(shop: TestShop) {
    shop.product("lamp").stock(1).create().await;
    let too_long = "A".repeat(65);
    for bad in ["A%20B", "L%C3%84MP", "A%2FB", "%00", "A%0A", "A+B", "%27%3B--", &too_long] {
        let stock = format!("/v1/stock/{bad}");
        shop.get(&stock).await.assert_problem(400, "malformed-path");
        shop.get(&format!("{stock}/ledger")).await.assert_problem(400, "malformed-path");
        let adjustment = json!({"delta": 1, "reason": "x", "location": "main"});
        shop.post(&format!("{stock}/adjustments"), adjustment).await.assert_problem(400, "malformed-path");
        let prices = format!("/v1/variants/{bad}/prices");
        shop.put(&prices, json!({"prices": []})).await.assert_problem(400, "malformed-path");
    }
}
