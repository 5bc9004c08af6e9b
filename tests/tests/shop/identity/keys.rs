use kernel::Clock;
use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

use super::{HOUR, NOBODY, SECOND};

#[holdfast_test]
async fn a_key_is_shown_once_and_opens_what_it_is_for(shop: TestShop) {
    let asked = json!({"name": "the warehouse", "scopes": ["stock:read", "orders:ship"]});
    let made = shop.post("/v1/api-keys", asked.clone()).await;
    made.assert_status(201).assert_id("/id", "key").assert_contains(asked);
    made.assert_contains(
        json!({"status": "active", "created_by": "admin", "expires_at": null, "revoked_at": null}),
    );
    let (id, secret) = (made.text("id"), made.text("secret"));
    assert!(secret.starts_with(&format!("{id}_")) && secret.len() == id.len() + 65, "it is long enough");
    let path = format!("/v1/api-keys/{id}");
    let shown = shop.get(&path).await;
    shown.assert_ok().assert_contains(json!({"id": id, "name": "the warehouse", "status": "active"}));
    let listed = shop.all("/v1/api-keys").await;
    let digits = secret.rsplit_once('_').unwrap().1;
    assert!(!shown.body.to_string().contains(digits) && !format!("{listed:?}").contains(digits));

    shop.product("lamp").stock(3).create().await;
    let machine = shop.bearing(secret);
    machine.get("/v1/stock/LAMP").await.assert_ok();
    let refused = machine.get("/v1/orders").await;
    refused.assert_problem(403, "forbidden");
    assert!(refused.text("detail").contains("orders:read"), "{}", refused.exchange());
    machine.get("/v1/me").await.assert_ok().assert_contains(json!({
        "principal": format!("machine:{id}"), "kind": "machine", "permissions": ["stock:read", "orders:ship"],
    }));
}

#[holdfast_test]
async fn a_revoked_key_opens_nothing_from_then_on(shop: TestShop) {
    let (machine, other) = (shop.machine(&["orders:read"]).await, shop.machine(&["orders:read"]).await);
    machine.get("/v1/orders").await.assert_ok();
    let path = format!("/v1/api-keys/{}", machine.id);
    shop.delete(&path).await.assert_status(204);
    shop.now_answers(&machine, "/v1/orders", 401).await.assert_problem(401, "unauthorized");
    let revoked = shop.get(&path).await;
    let now = shop.clock().now().to_string();
    revoked.assert_ok().assert_contains(json!({"status": "revoked", "revoked_at": now}));
    shop.clock().advance(SECOND);
    shop.delete(&path).await.assert_status(204);
    assert_eq!(shop.get(&path).await.body, revoked.body);
    other.get("/v1/orders").await.assert_ok();
    shop.delete(&format!("/v1/api-keys/key_{NOBODY}")).await.assert_problem(404, "api-key-not-found");
}

#[holdfast_test]
async fn a_key_can_have_an_end(shop: TestShop) {
    let ends = shop.clock().now().saturating_add(HOUR).to_string();
    let asked = json!({"name": "for today", "scopes": ["orders:read"], "expires_at": ends});
    let made = shop.post("/v1/api-keys", asked).await;
    made.assert_status(201).assert_contains(json!({"status": "active", "expires_at": ends}));
    let (path, machine) = (format!("/v1/api-keys/{}", made.text("id")), shop.bearing(made.text("secret")));
    shop.clock().advance(HOUR - SECOND);
    machine.get("/v1/orders").await.assert_ok();
    shop.clock().advance(2 * SECOND);
    machine.get("/v1/orders").await.assert_problem(401, "unauthorized");
    shop.get(&path).await.assert_contains(json!({"status": "expired"}));
}

#[holdfast_test]
async fn keys_are_listed_newest_first(shop: TestShop) {
    let mut made = Vec::new();
    for _ in 0..3 {
        shop.clock().advance(SECOND);
        made.push(json!(shop.machine(&["orders:read"]).await.id));
    }
    made.reverse();
    let listed: Vec<Value> = shop.all("/v1/api-keys").await.iter().map(|key| key["id"].clone()).collect();
    assert_eq!(listed, made);
}

#[holdfast_test]
async fn what_is_no_key_is_refused(shop: TestShop) {
    for wrong in [
        json!({"name": "", "scopes": ["orders:read"]}),
        json!({"name": "a machine", "scopes": ["orders:everything"]}),
        json!({"name": "a machine"}),
        json!({"name": "a machine", "scopes": ["orders:read"], "secret": "mine"}),
        json!({"name": "a machine", "scopes": ["orders:read"], "expires_at": "tomorrow"}),
    ] {
        shop.post("/v1/api-keys", wrong).await.assert_problem(422, "validation");
    }
    assert!(shop.all("/v1/api-keys").await.is_empty());
}
