//! Who may do what: `authz.toml` says it, the document that the shop serves agrees, and the shop does it.

mod matrix;
mod rules;
mod scene;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Operation, Request, TestShop, holdfast_test};

use self::rules::{Rules, id_of};

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
async fn every_operation_is_reviewed_and_documented_alike(shop: TestShop) {
    let rules = Rules::reviewed();
    let documented: BTreeMap<String, Value> = (shop.document().await.operations().iter())
        .map(|operation| (id_of(operation).to_owned(), operation.spec["security"].clone()))
        .collect();
    let reviewed: BTreeMap<String, Value> =
        rules.operations.iter().map(|(id, rule)| (id.clone(), rule.security())).collect();
    let names = |of: &BTreeMap<String, Value>| of.keys().cloned().collect::<BTreeSet<_>>();
    let (documents, reviews) = (names(&documented), names(&reviewed));
    let unreviewed: Vec<_> = documents.difference(&reviews).collect();
    let gone: Vec<_> = reviews.difference(&documents).collect();
    assert!(
        unreviewed.is_empty() && gone.is_empty(),
        "tests/authz.toml lacks {unreviewed:#?} and still has {gone:#?}"
    );
    assert_eq!(documented, reviewed);
}

#[holdfast_test]
async fn roles_begin_as_reviewed(shop: TestShop) {
    let rules = Rules::reviewed();
    let mut found = BTreeMap::new();
    for role in shop.all("/v1/roles").await {
        assert_eq!(role["builtin"], role["code"] == "owner", "{role}");
        let permissions = role["permissions"].as_array().unwrap().iter();
        let permissions: BTreeSet<String> = permissions.map(|one| one.as_str().unwrap().to_owned()).collect();
        found.insert(role["code"].as_str().unwrap().to_owned(), permissions);
    }
    let mut expected = rules.roles;
    expected.insert("owner".to_owned(), rules::everything());
    assert_eq!(found, expected);
}

#[holdfast_test]
async fn strangers_are_kept_out_of_everything_else(shop: TestShop) {
    for operation in shop.document().await.operations() {
        let reply = request(&shop, operation).anonymous().await;
        if operation.is_open() {
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
    let secret = "0123456789abcdef".repeat(4);
    let wrong = [
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Bearer {token}x"),
        format!("Bearer {}", &token[1..]),
        format!("Bearer {}", token.to_uppercase()),
        format!("Basic {token}"),
        token.to_owned(),
        format!("Bearer {token} {token}"),
        format!("Bearer ses_01k9qz3v8yfg2r5m4n3c680thw_{secret}"),
        format!("Bearer key_01k9qz3v8yfg2r5m4n3c680thw_{secret}"),
        format!("Bearer key_01k9qz3v8yfg2r5m4n3c680thw_{}", &secret[1..]),
        "Bearer ses_01k9qz3v8yfg2r5m4n3c680thw".to_owned(),
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

/// A token is good for what it was given for, and for nothing else.
#[holdfast_test]
async fn tokens_are_not_taken_for_each_other(shop: TestShop) {
    let owner = shop.member_of_staff("olga", &["owner"]).await;
    let key = shop.machine(&["orders:read"]).await;
    let secret_of = |token: &str| token.rsplit_once('_').unwrap().1.to_owned();
    for token in [
        owner.refresh_token.clone(),
        owner.id.clone(),
        owner.access_token.to_uppercase(),
        format!("{}_{}", owner.id, secret_of(&owner.refresh_token)),
        format!("{}_{}", owner.id, secret_of(&key.secret)),
        format!("{}_{}", key.id, secret_of(&owner.access_token)),
        format!("{}0", owner.access_token),
    ] {
        shop.get("/v1/orders").bearer(&token).await.assert_problem(401, "unauthorized");
    }
    for token in [owner.access_token.as_str(), key.secret.as_str(), testkit::ADMIN_TOKEN] {
        let refused =
            shop.post("/v1/sessions/current/refresh", json!({"refresh_token": token})).anonymous().await;
        assert!(matches!(refused.status, 401 | 422), "{}", refused.exchange());
    }
    owner.get("/v1/orders").await.assert_ok();
    key.get("/v1/orders").await.assert_ok();
}

#[holdfast_test]
async fn the_right_credential_opens_everything(shop: TestShop) {
    let rules = Rules::reviewed();
    for operation in shop.document().await.operations() {
        let reply = request(&shop, operation).await;
        // The admin logs in nowhere.
        let people = rules.of(operation).people && reply.status == 403;
        assert!(people || !matches!(reply.status, 401 | 403), "{}", reply.exchange());
    }
}

#[holdfast_test]
async fn strangers_are_refused_before_their_body_is_read(shop: TestShop) {
    let huge = vec![b'x'; 5 * 1024 * 1024];
    shop.post("/v1/orders", json!(null)).raw("{").anonymous().await.assert_problem(401, "unauthorized");
    shop.post("/v1/orders", json!(null)).raw(huge).anonymous().await.assert_problem(401, "unauthorized");
}
