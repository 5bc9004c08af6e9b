use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Login, PASSWORD, Request, TestShop, fresh_key, holdfast_test};

use super::{NOBODY, SECOND};

fn change(shop: &TestShop, member: &Login, change: Value) -> Request {
    shop.patch(&format!("/v1/staff/{}", member.who()), change)
}

async fn role(shop: &TestShop, code: &str, permissions: &[&str]) {
    let body = json!({"code": code, "title": code, "permissions": permissions});
    shop.post("/v1/roles", body).await.assert_status(201).assert_etag().assert_contains(json!({
        "code": code, "title": code, "builtin": false, "version": 1,
    }));
}

fn names(list: &Value) -> BTreeSet<&str> {
    list.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[holdfast_test]
async fn somebody_is_taken_on(shop: TestShop) {
    let body =
        json!({"email": "ron@shop.example", "name": "Ron", "roles": ["finance"], "password": PASSWORD});
    let ron = shop.post("/v1/staff", body).await;
    ron.assert_status(201).assert_id("/id", "usr").assert_etag().assert_contains(json!({
        "email": "ron@shop.example", "name": "Ron", "status": "active", "roles": ["finance"], "version": 1,
    }));
    let path = format!("/v1/staff/{}", ron.text("id"));
    assert_eq!(ron.header("location"), Some(path.as_str()));
    assert_eq!(shop.get(&path).await.assert_ok().assert_etag().body, ron.body);
    shop.clock().advance(SECOND);
    let sam = shop.member_of_staff("sam", &["support"]).await;
    let listed: Vec<Value> = shop.all("/v1/staff").await.iter().map(|member| member["id"].clone()).collect();
    assert_eq!(listed, [json!(sam.who()), ron["id"].clone()]);
    sam.get("/v1/me").await.assert_ok().assert_contains(json!({
        "principal": sam.principal, "kind": "staff", "email": sam.email, "name": "sam", "roles": ["support"],
    }));
    let renamed = shop.patch(&path, json!({"name": "Ronald"})).if_match(1).await;
    renamed.assert_ok().assert_etag().assert_contains(json!({"name": "Ronald"}));
    shop.patch(&path, json!({"name": "Roland"})).if_match(1).await.assert_problem(412, "stale");
}

#[holdfast_test]
async fn somebody_is_taken_on_once(shop: TestShop) {
    let body = json!({"email": "ron@shop.example", "name": "Ron", "roles": ["finance"]});
    let key = fresh_key();
    let first = shop.post("/v1/staff", body.clone()).key(&key).await;
    let again = shop.post("/v1/staff", body.clone()).key(&key).await;
    first.assert_status(201);
    assert!(again.is_replayed());
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for email in ["ron@shop.example", "RON@shop.example"] {
        let mut body = body.clone();
        body["email"] = json!(email);
        shop.post("/v1/staff", body).await.assert_problem(409, "staff-email-taken");
    }
    // A key would go with a digest that the password can be guessed from: it is not used.
    let (mut spoken, key) = (body.clone(), fresh_key());
    (spoken["email"], spoken["password"]) = (json!("rita@shop.example"), json!(PASSWORD));
    shop.post("/v1/staff", spoken.clone()).key(&key).await.assert_status(201);
    shop.post("/v1/staff", spoken).key(&key).await.assert_problem(409, "staff-email-taken");
    let mut unknown = body;
    (unknown["email"], unknown["roles"]) = (json!("sam@shop.example"), json!(["finance", "juggler"]));
    shop.post("/v1/staff", unknown).await.assert_problem(409, "unknown-role");
    shop.get(&format!("/v1/staff/usr_{NOBODY}")).await.assert_problem(404, "staff-not-found");
    assert_eq!(shop.all("/v1/staff").await.len(), 2);
}

#[holdfast_test]
async fn roles_add_up(shop: TestShop) {
    let sam = shop.member_of_staff("sam", &["inventory-clerk", "finance"]).await;
    let me = sam.get("/v1/me").await;
    let expected = [
        "products:read",
        "stock:read",
        "stock:write",
        "orders:read",
        "orders:ship",
        "payments:read",
        "payments:write",
        "payments:refund",
        "customers:read",
        "reports:read",
    ];
    assert_eq!(names(&me.assert_ok()["permissions"]), BTreeSet::from(expected));
    shop.product("lamp").stock(3).create().await;
    for path in ["/v1/stock/LAMP", "/v1/orders", "/v1/customers", "/v1/reports/sales"] {
        let reply = sam.get(path).await;
        assert!(!matches!(reply.status, 401 | 403), "{}", reply.exchange());
    }
    let refused = sam.post("/v1/customers", json!({"email": "eve@example.com", "name": "Eve"})).await;
    refused.assert_problem(403, "forbidden");
    assert!(refused.text("detail").contains("customers:write"), "{}", refused.exchange());
    sam.get("/v1/staff").await.assert_problem(403, "forbidden");
}

#[holdfast_test]
async fn a_role_that_loses_a_permission_has_lost_it_on_the_next_request(shop: TestShop) {
    role(&shop, "packer", &["orders:read", "orders:ship"]).await;
    let sam = shop.member_of_staff("sam", &["packer"]).await;
    let path = "/v1/roles/packer";
    for _ in 0..3 {
        shop.now_answers(&sam, "/v1/orders", 200).await.assert_ok();
        shop.patch(path, json!({"permissions": ["orders:ship"]})).await.assert_ok().assert_etag();
        shop.now_answers(&sam, "/v1/orders", 403).await.assert_problem(403, "forbidden");
        assert_eq!(sam.get("/v1/me").await["permissions"], json!(["orders:ship"]));
        shop.patch(path, json!({"permissions": ["orders:read", "orders:ship"]})).await.assert_ok();
    }
}

#[holdfast_test]
async fn a_role_that_is_taken_away_is_gone_on_the_next_request(shop: TestShop) {
    shop.product("lamp").stock(3).create().await;
    let sam = shop.member_of_staff("sam", &["finance", "inventory-clerk"]).await;
    sam.get("/v1/stock/LAMP").await.assert_ok();
    change(&shop, &sam, json!({"roles": ["finance"]})).await.assert_ok();
    shop.now_answers(&sam, "/v1/stock/LAMP", 403).await.assert_problem(403, "forbidden");
    sam.get("/v1/orders").await.assert_ok();
    change(&shop, &sam, json!({"roles": ["inventory-clerk"]})).await.assert_ok();
    shop.now_answers(&sam, "/v1/stock/LAMP", 200).await.assert_ok();
    shop.now_answers(&sam, "/v1/reports/sales", 403).await.assert_problem(403, "forbidden");
}

#[holdfast_test]
async fn who_is_disabled_is_out_at_once_and_stays_out(shop: TestShop) {
    let sam = shop.member_of_staff("sam", &["support"]).await;
    let disabled = change(&shop, &sam, json!({"status": "disabled"})).await;
    disabled.assert_ok().assert_etag().assert_contains(json!({"status": "disabled"}));
    assert!(!sam.is_in().await);
    sam.try_refresh().await.assert_problem(401, "invalid-credentials");
    let refused = shop.try_log_in("staff", &sam.email, PASSWORD).await;
    refused.assert_problem(401, "invalid-credentials");
    change(&shop, &sam, json!({"status": "active"})).await.assert_ok();
    assert!(!sam.is_in().await);
    assert!(shop.log_in("staff", &sam.email, PASSWORD).await.is_in().await);
}

#[holdfast_test]
async fn somebody_remains_the_owner(shop: TestShop) {
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let away = [json!({"roles": ["finance"]}), json!({"status": "disabled"})];
    for away in &away {
        change(&shop, &olga, away.clone()).await.assert_problem(409, "last-owner");
        let path = format!("/v1/staff/{}", olga.who());
        olga.patch(&path, away.clone()).await.assert_problem(409, "last-owner");
    }
    let otto = shop.member_of_staff("otto", &["owner", "finance"]).await;
    change(&shop, &otto, json!({"status": "disabled"})).await.assert_ok();
    // Who is disabled does not count.
    for away in &away {
        change(&shop, &olga, away.clone()).await.assert_problem(409, "last-owner");
    }
    change(&shop, &otto, json!({"status": "active"})).await.assert_ok();
    change(&shop, &olga, json!({"roles": ["finance"]})).await.assert_ok();
    change(&shop, &otto, json!({"roles": ["finance"]})).await.assert_problem(409, "last-owner");
}

/// Each sees that there is another one.
#[holdfast_test]
async fn two_owners_who_leave_at_once_do_not_both(shop: TestShop) {
    let olga = shop.member_of_staff("olga", &["owner"]).await;
    let otto = shop.member_of_staff("otto", &["owner"]).await;
    let leave = |who: &Login| change(&shop, who, json!({"status": "disabled"})).persistently().into_future();
    let (first, second) = tokio::join!(tokio::spawn(leave(&olga)), tokio::spawn(leave(&otto)));
    let mut statuses = [first.unwrap().status, second.unwrap().status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[holdfast_test]
async fn roles_are_made_changed_and_removed(shop: TestShop) {
    role(&shop, "packer", &["orders:read"]).await;
    let path = "/v1/roles/packer";
    let changed = shop.patch(path, json!({"title": "Packers"})).if_match(1).await;
    changed.assert_ok().assert_etag();
    changed.assert_contains(json!({"title": "Packers", "permissions": ["orders:read"]}));
    assert_eq!(shop.get(path).await.assert_ok().body, changed.body);
    shop.patch(path, json!({"title": "Porters"})).if_match(1).await.assert_problem(412, "stale");
    let again = json!({"code": "packer", "title": "Another", "permissions": []});
    shop.post("/v1/roles", again).await.assert_problem(409, "role-taken");
    let made_up = json!({"code": "king", "title": "King", "permissions": ["orders:everything"]});
    shop.post("/v1/roles", made_up).await.assert_problem(422, "validation");

    let sam = shop.member_of_staff("sam", &["packer"]).await;
    shop.delete(path).await.assert_problem(409, "role-in-use");
    change(&shop, &sam, json!({"roles": ["finance"]})).await.assert_ok();
    shop.delete(path).await.assert_status(204);
    shop.get(path).await.assert_problem(404, "role-not-found");
    shop.delete(path).await.assert_problem(404, "role-not-found");

    let codes: Vec<Value> = shop.all("/v1/roles").await.iter().map(|role| role["code"].clone()).collect();
    assert_eq!(codes, ["catalog-manager", "finance", "inventory-clerk", "owner", "support"]);
    for change in [json!({"permissions": ["orders:read"]}), json!({"title": "Serf"})] {
        shop.patch("/v1/roles/owner", change).await.assert_problem(409, "role-builtin");
    }
    shop.delete("/v1/roles/owner").await.assert_problem(409, "role-builtin");
    // The others that were there at first are only a beginning.
    shop.patch("/v1/roles/finance", json!({"permissions": ["payments:read"]})).await.assert_ok();
    assert_eq!(names(&shop.get("/v1/roles/finance").await["permissions"]), BTreeSet::from(["payments:read"]));
}
