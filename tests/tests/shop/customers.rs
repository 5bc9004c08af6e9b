use std::time::Duration;

use kernel::Clock;
use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

fn alice() -> Value {
    json!({"email": "alice@example.com", "name": "Alice Buyer", "phone": "+49 30 1234567"})
}

#[holdfast_test]
async fn a_customer_is_created_as_asked(shop: TestShop) {
    let created = shop.post("/v1/customers", alice()).await;
    created.assert_status(201).assert_etag().assert_id("/id", "cus").assert_contains(alice());
    let now = shop.clock().now().to_string();
    created.assert_contains(json!({"version": 1, "created_at": now, "updated_at": now}));
    let shown = shop.get(&format!("/v1/customers/{}", created.text("id"))).await;
    assert_eq!(shown.assert_ok().assert_etag().body, created.body);
}

#[holdfast_test]
async fn a_phone_may_be_absent(shop: TestShop) {
    let bob = shop.post("/v1/customers", json!({"email": "bob@example.com", "name": "Bob"})).await;
    bob.assert_status(201).assert_contains(json!({"phone": null}));
}

#[holdfast_test]
async fn an_email_is_taken_once_in_any_case(shop: TestShop) {
    let first = shop.post("/v1/customers", alice()).await;
    for email in ["alice@example.com", "Alice@Example.COM"] {
        let second = shop.post("/v1/customers", json!({"email": email, "name": "Another Alice"})).await;
        second.assert_problem(409, "email-taken");
    }
    let bob = shop.customer("bob").await;
    let path = format!("/v1/customers/{}", bob.id);
    shop.patch(&path, json!({"email": "ALICE@example.com"})).await.assert_problem(409, "email-taken");
    shop.get(&path).await.assert_contains(json!({"email": "bob@example.com"}));
    // One's own email in another case is no one else's.
    let own = format!("/v1/customers/{}", first.text("id"));
    shop.patch(&own, json!({"email": "Alice@example.com"})).await.assert_ok();
}

#[holdfast_test]
async fn every_field_can_be_changed(shop: TestShop) {
    let path = format!("/v1/customers/{}", shop.customer("alice").await.id);
    let mut before = shop.get(&path).await;
    for change in [
        json!({"name": "Alice Changed"}),
        json!({"email": "alice@example.org"}),
        json!({"phone": "+49 30 7654321"}),
        json!({"phone": null}),
        json!({"group": "wholesale"}),
        json!({"group": null}),
    ] {
        shop.clock().advance(Duration::from_secs(1));
        let after = shop.patch(&path, change.clone()).await;
        after.assert_ok().assert_etag().assert_contains(change);
        after.assert_contains(json!({"updated_at": shop.clock().now().to_string()}));
        assert!(after.number("version") > before.number("version"), "{}", after.exchange());
        before = shop.get(&path).await;
        assert_eq!(before.body, after.body);
    }
}

#[holdfast_test]
async fn a_change_of_what_was_changed_meanwhile_is_refused(shop: TestShop) {
    let path = format!("/v1/customers/{}", shop.customer("alice").await.id);
    let seen = shop.get(&path).await.number("version");
    let mine = shop.patch(&path, json!({"name": "Mine"})).if_match(seen).await;
    mine.assert_ok();
    shop.patch(&path, json!({"name": "Yours"})).if_match(seen).await.assert_problem(412, "stale");
    assert_eq!(shop.get(&path).await.body, mine.body);
}

#[holdfast_test]
async fn what_is_no_customer_is_refused(shop: TestShop) {
    let path = format!("/v1/customers/{}", shop.customer("alice").await.id);
    let before = shop.get(&path).await;
    for email in ["", "alice", "alice@", "@example.com", "al ice@example.com", "alice@example.com\n"] {
        let refused = shop.post("/v1/customers", json!({"email": email, "name": "Alice"})).await;
        refused.assert_problem(422, "validation").assert_names("/email");
        shop.patch(&path, json!({"email": email})).await.assert_problem(422, "validation");
    }
    for change in [
        json!({"name": ""}),
        json!({"name": null}),
        json!({"email": null}),
        json!({"id": "cus_x"}),
        json!({"group": "two words"}),
    ] {
        shop.patch(&path, change).await.assert_problem(422, "validation");
    }
    assert_eq!(shop.get(&path).await.body, before.body);
}

#[holdfast_test]
async fn who_does_not_exist_is_not_found(shop: TestShop) {
    let nobody = "/v1/customers/cus_01k9qz3v8yfg2r5m4n3c680thw";
    shop.get(nobody).await.assert_refused(404);
    shop.patch(nobody, json!({"name": "Nobody"})).await.assert_refused(404);
}
