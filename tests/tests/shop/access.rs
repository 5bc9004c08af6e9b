//! Who may do what: driven by the document that the shop serves, so that a new operation must be listed here.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::json;
use testkit::{Document, Operation, Request, TestShop, holdfast_test};

/// Everything else needs a credential.
const OPEN: [(&str, &str); 14] = [
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/problems/{}"),
    ("GET", "/v1/products"),
    ("GET", "/v1/products/{}"),
    ("GET", "/v1/categories"),
    ("GET", "/v1/categories/{}"),
    ("GET", "/v1/countries"),
    ("GET", "/v1/countries/{}"),
    ("GET", "/v1/currencies"),
    ("GET", "/v1/tax-categories"),
    ("GET", "/v1/tax-categories/{}"),
    // Its credential is the signature of the body.
    ("POST", "/v1/payments/webhooks/{}"),
];

const GUARDED: [(&str, &str); 65] = [
    ("POST", "/v1/products"),
    ("PATCH", "/v1/products/{}"),
    ("POST", "/v1/products/{}/variants"),
    ("PUT", "/v1/variants/{}/prices"),
    ("GET", "/v1/stock/{}"),
    ("POST", "/v1/stock/{}/adjustments"),
    ("POST", "/v1/stock/{}/transfers"),
    ("PUT", "/v1/stock/{}/settings"),
    ("GET", "/v1/stock/{}/ledger"),
    ("POST", "/v1/categories"),
    ("PATCH", "/v1/categories/{}"),
    ("DELETE", "/v1/categories/{}"),
    ("PATCH", "/v1/countries/{}"),
    ("POST", "/v1/tax-categories"),
    ("PATCH", "/v1/tax-categories/{}"),
    ("POST", "/v1/customers"),
    ("GET", "/v1/customers"),
    ("GET", "/v1/customers/{}"),
    ("PATCH", "/v1/customers/{}"),
    ("POST", "/v1/customers/{}/addresses"),
    ("GET", "/v1/customers/{}/addresses"),
    ("GET", "/v1/customers/{}/addresses/{}"),
    ("PATCH", "/v1/customers/{}/addresses/{}"),
    ("DELETE", "/v1/customers/{}/addresses/{}"),
    ("POST", "/v1/customers/{}/payment-methods"),
    ("GET", "/v1/customers/{}/payment-methods"),
    ("GET", "/v1/customers/{}/payment-methods/{}"),
    ("DELETE", "/v1/customers/{}/payment-methods/{}"),
    ("GET", "/v1/customers/{}/profile"),
    ("PATCH", "/v1/customers/{}/profile"),
    ("PUT", "/v1/customers/{}/profile/picture"),
    ("GET", "/v1/customers/{}/profile/picture"),
    ("DELETE", "/v1/customers/{}/profile/picture"),
    ("POST", "/v1/orders"),
    ("GET", "/v1/orders"),
    ("GET", "/v1/orders/{}"),
    ("POST", "/v1/orders/{}/cancellation"),
    ("POST", "/v1/orders/{}/shipments"),
    ("POST", "/v1/orders/{}/review"),
    ("GET", "/v1/orders/{}/timeline"),
    ("GET", "/v1/orders/{}/copies"),
    ("GET", "/v1/admin/modules"),
    ("GET", "/v1/admin/ownership"),
    ("GET", "/v1/admin/events"),
    ("GET", "/v1/admin/subscriptions"),
    ("POST", "/v1/admin/subscriptions/{}/pause"),
    ("POST", "/v1/admin/subscriptions/{}/replay"),
    ("GET", "/v1/admin/dead-letters"),
    ("POST", "/v1/admin/dead-letters/{}/{}/retry"),
    ("POST", "/v1/admin/dead-letters/{}/{}/discard"),
    ("GET", "/v1/admin/sagas"),
    ("POST", "/v1/admin/sagas/{}/retry"),
    ("POST", "/v1/admin/sagas/{}/discard"),
    ("GET", "/v1/admin/effects"),
    ("POST", "/v1/admin/effects/{}/{}/retry"),
    ("POST", "/v1/admin/effects/{}/{}/discard"),
    ("GET", "/v1/reports/sales"),
    ("GET", "/v1/reports/products"),
    ("GET", "/v1/payments/{}"),
    ("POST", "/v1/payments/{}/captures"),
    ("POST", "/v1/payments/{}/refunds"),
    ("POST", "/v1/payments/{}/void"),
    ("GET", "/v1/messages"),
    ("GET", "/v1/customers/{}/notification-preferences"),
    ("PUT", "/v1/customers/{}/notification-preferences"),
];

fn listed() -> BTreeMap<(String, String), bool> {
    let of = |(method, path): (&str, &str), open| ((method.to_owned(), path.to_owned()), open);
    OPEN.into_iter().map(|row| of(row, true)).chain(GUARDED.into_iter().map(|row| of(row, false))).collect()
}

/// A request that reaches the operation, with a credential.
fn request(shop: &TestShop, operation: &Operation) -> Request {
    let part = |part: &str| match part {
        "{code}" => "not-found".to_owned(),
        part if part.starts_with('{') => "LAMP".to_owned(),
        part => part.to_owned(),
    };
    let path = operation.path.split('/').map(part).collect::<Vec<_>>().join("/");
    let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
    let request = shop.request(method, &path);
    if operation.takes_a_body() { request.json(json!({})) } else { request }
}

#[holdfast_test]
async fn every_operation_is_listed_with_its_permission(shop: TestShop) {
    let document: &Document = shop.document().await;
    let documented: BTreeMap<(String, String), bool> = (document.operations().iter())
        .filter(|operation| operation.path != "/openapi.json")
        .map(|operation| ((operation.method.clone(), operation.shape()), operation.is_open()))
        .collect();
    assert_eq!(documented, listed());
}

#[holdfast_test]
async fn strangers_are_kept_out_of_everything_else(shop: TestShop) {
    let (document, listed) = (shop.document().await, listed());
    for operation in document.operations() {
        let open = listed.get(&(operation.method.clone(), operation.shape())).copied().unwrap_or_default();
        let reply = request(&shop, operation).anonymous().await;
        if open || operation.path == "/openapi.json" {
            assert!(reply.status != 401, "{}", reply.exchange());
            continue;
        }
        reply.assert_problem(401, "unauthorized");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{}", reply.exchange());
    }
}

#[holdfast_test]
async fn wrong_credentials_open_nothing(shop: TestShop) {
    let token = testkit::ADMIN_TOKEN;
    let wrong = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {token}x"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {}", token.to_uppercase()),
        format!("Basic {token}"),
        token.to_owned(),
        format!("Bearer {token} {token}"),
    ];
    let document = shop.document().await;
    for operation in document.operations().iter().filter(|operation| !operation.is_open()) {
        for credential in &wrong {
            let reply = request(&shop, operation).header("authorization", credential).await;
            reply.assert_problem(401, "unauthorized");
        }
    }
    assert!(shop.all("/v1/orders").await.is_empty());
}

#[holdfast_test]
async fn the_right_credential_opens_everything(shop: TestShop) {
    for operation in shop.document().await.operations() {
        let reply = request(&shop, operation).await;
        assert!(!matches!(reply.status, 401 | 403), "{}", reply.exchange());
    }
}

#[holdfast_test]
async fn strangers_are_refused_before_their_body_is_read(shop: TestShop) {
    let huge = vec![b'x'; 5 * 1024 * 1024];
    shop.post("/v1/orders", json!(null)).raw("{").anonymous().await.assert_problem(401, "unauthorized");
    shop.post("/v1/orders", json!(null)).raw(huge).anonymous().await.assert_problem(401, "unauthorized");
}
