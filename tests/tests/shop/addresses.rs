use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestCustomer, TestShop, holdfast_test};

fn home() -> Value {
    json!({
        "name": "A. Buyer", "line1": "1 Main St", "line2": "2nd floor", "city": "Berlin", "region": "Berlin",
        "postal_code": "10115", "country": "DE", "phone": "+49 30 1234567",
    })
}

fn addresses_of(customer: &TestCustomer) -> String {
    format!("/v1/customers/{}/addresses", customer.id)
}

#[holdfast_test]
async fn an_address_is_added_as_asked(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let added = shop.post(&addresses_of(&alice), home()).await;
    added.assert_status(201).assert_id("/id", "adr").assert_contains(home());
    added.assert_contains(json!({"version": 1}));
    let listed = shop.get(&addresses_of(&alice)).await;
    assert_eq!(listed.assert_ok()["data"][0], added.body);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
}

#[holdfast_test]
async fn a_new_address_is_a_change_of_its_customer(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = format!("/v1/customers/{}", alice.id);
    let before = shop.get(&path).await;
    shop.clock().advance(Duration::from_secs(60));
    shop.post(&addresses_of(&alice), home()).await.assert_status(201);
    let after = shop.get(&path).await;
    assert_eq!(after.number("version"), before.number("version") + 1);
    assert!(after.text("updated_at") > before.text("updated_at"), "{}", after.exchange());
}

#[holdfast_test]
async fn parts_of_an_address_may_be_absent(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let (mut short, parts) = (home(), ["line2", "region", "phone"]);
    for part in parts {
        short.as_object_mut().unwrap().remove(part);
    }
    let added = shop.post(&addresses_of(&alice), short).await;
    added.assert_status(201).assert_contains(json!({"line2": null, "region": null, "phone": null}));
}

#[holdfast_test]
async fn what_is_no_address_is_refused(shop: TestShop) {
    let alice = shop.customer("alice").await;
    for (field, wrong) in [
        ("name", json!("")),
        ("line1", json!("")),
        ("city", json!(null)),
        ("country", json!("Germany")),
        ("country", json!("de")),
        ("country", json!("D1")),
        ("line1", json!("x".repeat(10_000))),
    ] {
        let mut address = home();
        address[field] = wrong;
        let refused = shop.post(&addresses_of(&alice), address).await;
        refused.assert_problem(422, "validation").assert_names(&format!("/{field}"));
    }
    assert_eq!(shop.all(&addresses_of(&alice)).await.len(), 1);
}

#[holdfast_test]
async fn an_address_can_be_changed(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = format!("{}/{}", addresses_of(&alice), alice.address_id);
    let moved = json!({"line1": "2 Side St", "line2": "rear", "postal_code": "10117"});
    let changed = shop.patch(&path, moved.clone()).if_match(1).await;
    changed.assert_ok().assert_etag().assert_contains(moved).assert_contains(json!({"city": "Berlin"}));
    assert!(changed.number("version") > 1);
    assert_eq!(shop.get(&addresses_of(&alice)).await["data"][0], changed.body);
    shop.patch(&path, json!({"line1": "3 Far St"})).if_match(1).await.assert_problem(412, "stale");
    shop.patch(&path, json!({"line2": null})).await.assert_ok().assert_contains(json!({"line2": null}));
    shop.patch(&path, json!({"city": null})).await.assert_problem(422, "validation");
}

#[holdfast_test]
async fn an_address_can_be_taken_away(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let path = format!("{}/{}", addresses_of(&alice), alice.address_id);
    shop.patch(&path, json!({"city": "Potsdam"})).await.assert_ok();
    shop.delete(&path).if_match(1).await.assert_problem(412, "stale");
    let gone = shop.delete(&path).if_match(2).await;
    assert_eq!(gone.assert_status(204).bytes, b"");
    assert!(shop.all(&addresses_of(&alice)).await.is_empty());
    shop.delete(&path).await.assert_refused(404);
    shop.patch(&path, json!({"city": "Berlin"})).await.assert_refused(404);
}

#[holdfast_test]
async fn an_address_belongs_to_one_customer(shop: TestShop) {
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let crossed = format!("{}/{}", addresses_of(&alice), bob.address_id);
    shop.patch(&crossed, json!({"city": "Potsdam"})).await.assert_refused(404);
    shop.delete(&crossed).await.assert_refused(404);
    assert_eq!(shop.all(&addresses_of(&bob)).await[0]["city"], "Berlin");
}

#[holdfast_test]
async fn nobody_has_no_addresses(shop: TestShop) {
    let nobody = "/v1/customers/cus_01k9qz3v8yfg2r5m4n3c680thw/addresses";
    shop.get(nobody).await.assert_refused(404);
    shop.post(nobody, home()).await.assert_refused(404);
}
