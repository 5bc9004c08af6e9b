//! Reference data over REST, and what the other modules make of it.

use serde_json::{Value, json};
use testkit::{Fault, TestShop, holdfast_test};

fn product(sku: &str, category: &str) -> Value {
    json!({"title": sku, "category": category, "variants": [{"sku": sku}]})
}

fn home() -> Value {
    json!({"name": "A. Buyer", "line1": "1 Main St", "line2": null, "city": "Berlin", "region": null,
        "postal_code": "10115", "country": "DE", "phone": null})
}

fn with(mut address: Value, fields: &Value) -> Value {
    address.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    address
}

#[holdfast_test]
async fn everybody_can_read_what_there_is(shop: TestShop) {
    for list in ["/v1/categories", "/v1/countries", "/v1/currencies", "/v1/tax-categories"] {
        assert!(!shop.get(list).anonymous().await.assert_ok()["data"].as_array().unwrap().is_empty());
    }
    let country = shop.get("/v1/countries/US").anonymous().await;
    country.assert_ok().assert_etag().assert_contains(json!({"alpha3": "USA", "enabled": true, "version": 1,
        "address": {"postal_code_required": true, "region_required": true}}));
    shop.get("/v1/countries/XX").await.assert_problem(404, "country-not-found");
    shop.get("/v1/countries/de").await.assert_problem(404, "country-not-found");
    shop.get("/v1/countries/%00%00").await.assert_problem(404, "country-not-found");
    shop.get("/v1/categories/a%00").await.assert_problem(404, "category-not-found");
    shop.get("/v1/tax-categories/a%00").await.assert_problem(404, "tax-category-not-found");
    let euro = json!({"code": "EUR", "name": "Euro", "exponent": 2});
    shop.get("/v1/currencies?cursor=ETB&limit=1").await.assert_contains(json!({"data": [euro]}));
    let placed = json!({"path": ["lighting", "home-lighting"], "depth": 1, "parent": "lighting"});
    shop.get("/v1/categories/home-lighting").await.assert_ok().assert_etag().assert_contains(placed);
    assert_eq!(shop.all("/v1/countries").await.len(), 249);
}

#[holdfast_test]
async fn a_taxonomy_is_made_moved_and_taken_apart(shop: TestShop) {
    let lamps = json!({"code": "desk-lamps", "title": "Desk lamps", "parent": "home-lighting"});
    let made = shop.post("/v1/categories", lamps.clone()).await;
    made.assert_status(201).assert_etag().assert_contains(lamps.clone());
    assert_eq!(made.header("location"), Some("/v1/categories/desk-lamps"));
    shop.post("/v1/categories", lamps).await.assert_problem(409, "category-taken").assert_names("/code");

    let moved = shop.patch("/v1/categories/home-lighting", json!({"parent": "home"})).if_match(1).await;
    moved.assert_ok().assert_etag().assert_contains(json!({"path": ["home", "home-lighting"], "version": 2}));
    shop.get("/v1/categories/desk-lamps").await.assert_contains(json!({"depth": 2, "version": 1}));
    let into_itself = shop.patch("/v1/categories/home", json!({"parent": "desk-lamps"})).await;
    into_itself.assert_problem(409, "category-cycle").assert_names("/parent");
    let stale = shop.patch("/v1/categories/home-lighting", json!({"title": "x"})).if_match(1).await;
    stale.assert_problem(412, "stale");
    let both = json!({"title": "Lights", "parent": null});
    shop.patch("/v1/categories/home-lighting", both).await.assert_contains(json!({"version": 4, "depth": 0}));

    shop.delete("/v1/categories/home-lighting").await.assert_problem(409, "category-has-children");
    shop.delete("/v1/categories/desk-lamps").if_match(7).await.assert_problem(412, "stale");
    shop.delete("/v1/categories/desk-lamps").if_match(1).await.assert_status(204);
    shop.get("/v1/categories/desk-lamps").await.assert_problem(404, "category-not-found");
    shop.delete("/v1/categories/desk-lamps").await.assert_problem(404, "category-not-found");
    shop.delete("/v1/categories/home-lighting").await.assert_status(204);
}

#[holdfast_test]
async fn products_are_put_in_categories_that_there_are(shop: TestShop) {
    let refused = shop.post("/v1/products", product("A", "desk-lamps")).await;
    refused.assert_problem(409, "unknown-category").assert_names("/category");
    // Whatever was heard of it.
    let follow = "/v1/admin/subscriptions/catalog.follow_reference/pause";
    shop.post(follow, json!({"paused": true})).await.assert_ok();
    shop.post("/v1/categories", json!({"code": "desk-lamps", "title": "Desk lamps"}))
        .await
        .assert_status(201);
    let lamp = shop.post("/v1/products", product("A", "desk-lamps")).await;
    lamp.assert_status(201).assert_contains(json!({"category": "desk-lamps"}));
    shop.post(follow, json!({"paused": false})).await.assert_ok();

    shop.delete("/v1/categories/desk-lamps").await.assert_status(204);
    shop.settle().await;
    shop.post("/v1/products", product("B", "desk-lamps")).await.assert_problem(409, "unknown-category");
    let path = format!("/v1/products/{}", lamp.text("id"));
    let changed = shop.patch(&path, json!({"title": "Lamp", "category": "desk-lamps"})).await;
    changed.assert_ok().assert_contains(json!({"title": "Lamp", "category": "desk-lamps"}));
    shop.patch(&path, json!({"category": "attic"})).await.assert_problem(409, "unknown-category");
    shop.patch(&path, json!({"category": "lighting"})).await.assert_ok();
    shop.patch(&path, json!({"category": "desk-lamps"})).await.assert_problem(409, "unknown-category");
}

#[holdfast_test]
async fn an_owner_that_is_away_is_missed_by_what_nobody_knows_alone(shop: TestShop) {
    shop.settle().await;
    shop.faults().befall("reference.find_categories", [Fault::Before]);
    shop.post("/v1/products", product("A", "home-lighting")).await.assert_status(201);
    shop.post("/v1/products", product("B", "desk-lamps")).await.assert_problem(503, "unavailable");
    assert!(shop.faults().are_spent());
    shop.post("/v1/products", product("B", "desk-lamps")).await.assert_problem(409, "unknown-category");
}

#[holdfast_test]
async fn an_address_fits_its_country(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let addresses = format!("/v1/customers/{}/addresses", alice.id);
    for (fields, place) in [
        (json!({"postal_code": "1011"}), "/postal_code"),
        (json!({"postal_code": ""}), "/postal_code"),
        (json!({"country": "XX"}), "/country"),
        (json!({"country": "US", "postal_code": "97214"}), "/region"),
        (json!({"country": "GB", "postal_code": "10115"}), "/postal_code"),
    ] {
        let refused = shop.post(&addresses, with(home(), &fields)).await;
        refused.assert_problem(422, "validation").assert_names(place);
    }
    for fields in [
        json!({}),
        json!({"country": "US", "postal_code": "97214", "region": "OR"}),
        json!({"country": "GB", "postal_code": "SE15 5BY"}),
        json!({"country": "HK", "postal_code": ""}),
        json!({"country": "IE", "postal_code": ""}),
    ] {
        shop.post(&addresses, with(home(), &fields)).await.assert_status(201);
    }
    let path = format!("{addresses}/{}", alice.address_id);
    shop.patch(&path, json!({"country": "US"}))
        .await
        .assert_problem(422, "validation")
        .assert_names("/region");
    shop.patch(&path, json!({"country": "FR", "postal_code": "75001"})).await.assert_ok();
}

#[holdfast_test]
async fn the_shop_decides_where_it_sends_to(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let addresses = format!("/v1/customers/{}/addresses", alice.id);
    let disabled = shop.patch("/v1/countries/DE", json!({"enabled": false})).if_match(1).await;
    disabled.assert_ok().assert_etag().assert_contains(json!({"enabled": false, "version": 2}));
    shop.patch("/v1/countries/DE", json!({"enabled": true})).if_match(1).await.assert_problem(412, "stale");
    shop.settle().await;
    let refused = shop.post(&addresses, home()).await;
    refused.assert_problem(409, "country-disabled").assert_names("/country");
    let path = format!("{addresses}/{}", alice.address_id);
    shop.patch(&path, json!({"postal_code": "10117"})).await.assert_ok();
    // Nobody waits for the news that there is a way again.
    shop.patch("/v1/countries/DE", json!({"enabled": true})).await.assert_ok();
    shop.post(&addresses, home()).await.assert_status(201);
}

async fn all_of(shop: &TestShop, lists: [&str; 4]) -> Vec<Vec<Value>> {
    let mut all = Vec::new();
    for list in lists {
        all.push(shop.all(list).await);
    }
    all
}

#[holdfast_test]
async fn a_second_instance_begins_with_what_there_is(shop: TestShop) {
    shop.delete("/v1/categories/bulbs").await.assert_status(204);
    shop.patch("/v1/countries/FR", json!({"enabled": false})).await.assert_ok();
    let lists = ["/v1/categories", "/v1/countries", "/v1/currencies", "/v1/tax-categories"];
    let before = all_of(&shop, lists).await;
    if shop.engine() == testkit::Engine::Postgres {
        let other = shop.another_instance().await;
        assert_eq!(all_of(&other, lists).await, before);
        other.finish().await;
    }
    assert_eq!(all_of(&shop, lists).await, before);
}
