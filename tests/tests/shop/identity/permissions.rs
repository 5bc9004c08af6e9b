//! Nobody gives what they do not have.

use serde_json::{Value, json};
use testkit::{Login, PASSWORD, Reply, TestShop, holdfast_test};

/// May do a little, and say who else may.
async fn hanna(shop: &TestShop) -> Login {
    let permissions = json!([
        "orders:read",
        "staff:read",
        "staff:write",
        "roles:read",
        "roles:write",
        "keys:read",
        "keys:write",
    ]);
    let role = json!({"code": "hr", "title": "Human resources", "permissions": permissions});
    shop.post("/v1/roles", role).await.assert_status(201);
    let reader = json!({"code": "reader", "title": "Reader", "permissions": ["orders:read"]});
    shop.post("/v1/roles", reader).await.assert_status(201);
    shop.member_of_staff("hanna", &["hr"]).await
}

fn assert_beyond(reply: &Reply, permission: &str) {
    reply.assert_problem(403, "beyond-your-permissions");
    assert!(reply.text("detail").contains(permission), "{}", reply.exchange());
}

/// All that can be given.
async fn given(shop: &TestShop) -> Vec<Vec<Value>> {
    let mut given = Vec::new();
    for list in ["/v1/roles", "/v1/staff", "/v1/api-keys"] {
        given.push(shop.all(list).await);
    }
    given
}

#[holdfast_test]
async fn a_role_allows_no_more_than_its_maker_may(shop: TestShop) {
    let hanna = hanna(&shop).await;
    let role =
        |code: &str, permissions: Value| json!({"code": code, "title": code, "permissions": permissions});
    let before = given(&shop).await;
    let refund = role("refunder", json!(["orders:read", "payments:refund"]));
    assert_beyond(&hanna.post("/v1/roles", refund).await, "payments:refund");
    let more = json!({"permissions": ["orders:read", "orders:write"]});
    assert_beyond(&hanna.patch("/v1/roles/reader", more).await, "orders:write");
    let own = json!({"permissions": ["orders:read", "staff:write", "audit:read"]});
    assert_beyond(&hanna.patch("/v1/roles/hr", own).await, "audit:read");
    assert_eq!(given(&shop).await, before);
    hanna.post("/v1/roles", role("viewer", json!(["orders:read"]))).await.assert_status(201);
    hanna.patch("/v1/roles/viewer", json!({"permissions": []})).await.assert_ok();
}

#[holdfast_test]
async fn nobody_is_given_a_role_that_may_more_than_who_gives_it(shop: TestShop) {
    let hanna = hanna(&shop).await;
    let sam = shop.member_of_staff("sam", &["reader"]).await;
    let before = given(&shop).await;
    let new = |role: &str| json!({"email": "ron@shop.example", "name": "Ron", "roles": ["reader", role], "password": PASSWORD});
    hanna.post("/v1/staff", new("finance")).await.assert_problem(403, "beyond-your-permissions");
    hanna.post("/v1/staff", new("owner")).await.assert_problem(403, "beyond-your-permissions");
    for who in [&sam, &hanna] {
        let path = format!("/v1/staff/{}", who.who());
        for role in ["finance", "owner"] {
            let more = json!({"roles": ["reader", role]});
            hanna.patch(&path, more).await.assert_problem(403, "beyond-your-permissions");
        }
    }
    assert_eq!(given(&shop).await, before);
    hanna.post("/v1/staff", new("hr")).await.assert_status(201);
    let path = format!("/v1/staff/{}", sam.who());
    hanna.patch(&path, json!({"roles": ["hr"]})).await.assert_ok();
}

#[holdfast_test]
async fn who_may_more_is_not_changed_by_who_may_less(shop: TestShop) {
    let hanna = hanna(&shop).await;
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    shop.member_of_staff("otto", &["owner"]).await;
    let path = format!("/v1/staff/{}", olga.who());
    let before = shop.get(&path).await;
    for change in [json!({"status": "disabled"}), json!({"roles": ["reader"]}), json!({"name": "Nobody"})] {
        hanna.patch(&path, change).await.assert_problem(403, "beyond-your-permissions");
    }
    assert_eq!(shop.get(&path).await.bytes, before.bytes);
    assert!(olga.is_in().await);
}

#[holdfast_test]
async fn a_key_opens_no_more_than_its_maker_may(shop: TestShop) {
    let hanna = hanna(&shop).await;
    let before = given(&shop).await;
    let key = |scopes: Value| json!({"name": "a machine", "scopes": scopes});
    let more = hanna.post("/v1/api-keys", key(json!(["orders:read", "payments:read"]))).await;
    assert_beyond(&more, "payments:read");
    let machine = hanna.machine(&["keys:write", "orders:read"]).await;
    // A machine is no way around it.
    let more = machine.post("/v1/api-keys", key(json!(["staff:write"]))).await;
    assert_beyond(&more, "staff:write");
    assert_eq!(given(&shop).await[2].len(), before[2].len() + 1);
    machine.machine(&["orders:read"]).await.get("/v1/orders").await.assert_ok();
}

/// What hands out permissions asks for no less when it is in a hurry.
#[holdfast_test]
async fn who_lost_a_permission_gives_it_no_more(shop: TestShop) {
    let hanna = hanna(&shop).await;
    let fewer = json!({"permissions": ["staff:read", "staff:write", "keys:write"]});
    shop.patch("/v1/roles/hr", fewer).await.assert_ok();
    let key = json!({"name": "a machine", "scopes": ["orders:read"]});
    assert_beyond(&hanna.post("/v1/api-keys", key).await, "orders:read");
    let role = json!({"code": "viewer", "title": "Viewer", "permissions": []});
    hanna.post("/v1/roles", role).await.assert_problem(403, "forbidden");
}

#[holdfast_test]
async fn permissions_are_explained_to_whoever_is_somebody(shop: TestShop) {
    let alice = shop.account("alice").await;
    let machine = shop.machine(&["orders:read"]).await;
    for client in [&*alice, &*machine, &*shop] {
        let permissions = client.get("/v1/permissions").await;
        let rows = permissions.assert_ok()["data"].as_array().unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert!(names.iter().copied().eq(kernel::Permission::ALL.iter().map(|one| one.name())), "{names:?}");
        assert!(rows.iter().all(|row| !row["about"].as_str().unwrap().is_empty()));
    }
    shop.get("/v1/permissions").anonymous().await.assert_problem(401, "unauthorized");
}
