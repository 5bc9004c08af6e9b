use std::time::Duration;

use kernel::Clock;
use serde_json::{Value, json};
use testkit::{Stock, TestShop, holdfast_test};

fn eur(amount: i64) -> Value {
    json!({"amount": amount, "currency": "EUR"})
}

#[holdfast_test]
async fn an_order_is_placed(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").stock(3).create().await;
    let chair = shop.product("chair").price(100, "EUR").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.try_place([(&lamp, 2), (&chair, 5)]).await;
    let now = shop.clock().now().to_string();
    order.assert_status(201).assert_id("/id", "ord").assert_etag().assert_contains(json!({
        "status": "placed", "customer_id": alice.id, "currency": "EUR",
        "lines": [
            {"sku": "LAMP", "title": "Lamp, Standard", "quantity": 2, "unit_price": eur(4999), "total": eur(9998)},
            {"sku": "CHAIR", "title": "Chair, Standard", "quantity": 5, "unit_price": eur(100), "total": eur(500)},
        ],
        "subtotal": eur(10_498), "shipping": {"currency": "EUR"}, "tax": {"currency": "EUR"},
        "shipping_address": {
            "name": "alice", "line1": "1 Main St", "line2": null, "city": "Berlin", "region": null,
            "postal_code": "10115", "country": "DE", "phone": null,
        },
        "payment": {"method": "invoice", "status": "pending"}, "placed_at": now, "created_at": now,
    }));
    let minor = |field: &str| order[field]["amount"].as_i64().unwrap();
    assert_eq!(minor("total"), minor("subtotal") + minor("shipping") + minor("tax"));
    assert!(order.text("number").chars().all(|digit| digit.is_ascii_digit()));
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 2, available: 1 });
    assert_eq!(shop.stock(&chair).await, Stock { on_hand: 9, reserved: 5, available: 4 });
    let number = format!("/v1/orders/{}", order.text("number"));
    for path in [order.header("location").unwrap(), &format!("/v1/orders/{}", order.text("id")), &number] {
        assert_eq!(shop.get(path).await.assert_ok().body["lines"], order.body["lines"]);
    }
}

#[holdfast_test]
async fn an_order_stays_as_it_was_acknowledged(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 2)]).await;
    shop.settle().await;
    assert_eq!(shop.get(&format!("/v1/orders/{}", order.id)).await.assert_etag().body, order.body);
}

#[holdfast_test]
async fn a_sku_named_twice_is_added_up(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").stock(6).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.try_place([("LAMP", 2), ("lamp", 1), ("Lamp", 3)]).await;
    let line = json!({"sku": "LAMP", "quantity": 6, "unit_price": eur(4999), "total": eur(29_994)});
    order.assert_status(201).assert_contains(json!({"lines": [line], "subtotal": eur(29_994)}));
    assert_eq!(shop.available(&lamp).await, 0);
    let short = alice.try_place([("LAMP", 1), ("lamp", 1)]).await;
    short.assert_problem(409, "insufficient-stock").assert_contains(
        json!({"errors": [{"pointer": "/lines/0/quantity", "sku": "LAMP", "requested": 2, "available": 0}]}),
    );
}

#[holdfast_test]
async fn the_price_and_the_title_are_those_of_the_day(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let before = alice.place([(&lamp, 1)]).await;
    shop.put("/v1/variants/LAMP/prices", json!({"prices": [eur(1)]})).await.assert_ok();
    let path = format!("/v1/products/{}", lamp.id);
    shop.patch(&path, json!({"title": "Old lamp"})).await.assert_ok();
    let after = alice.place([(&lamp, 1)]).await;
    assert_eq!(
        (&after.body["total"], &after.body["lines"][0]["title"]),
        (&eur(1), &json!("Old lamp, Standard"))
    );
    assert_eq!(shop.get(&format!("/v1/orders/{}", before.id)).await.body, before.body);
    shop.patch(&path, json!({"status": "archived"})).await.assert_ok();
    assert_eq!(shop.get(&format!("/v1/orders/{}", before.id)).await.body, before.body);
}

#[holdfast_test]
async fn the_address_is_that_of_the_day(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let path = format!("/v1/customers/{}/addresses/{}", alice.id, alice.address_id);
    shop.patch(&path, json!({"city": "Potsdam"})).await.assert_ok();
    shop.delete(&path).await.assert_status(204);
    assert_eq!(shop.get(&format!("/v1/orders/{}", order.id)).await.body, order.body);
}

#[holdfast_test]
async fn an_order_has_one_currency(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").price(800, "JPY").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let mut order = alice.new_order([(&lamp, 2)]);
    order["currency"] = json!("JPY");
    let placed = shop.post("/v1/orders", order).await;
    placed.assert_status(201).assert_contains(json!({"subtotal": {"amount": 1600, "currency": "JPY"}}));
}

#[holdfast_test]
async fn an_order_can_be_paid_by_arrangement(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let mut order = shop.customer("alice").await.new_order([(&lamp, 2)]);
    order["payment"]["method"] = json!("manual");
    let placed = shop.post("/v1/orders", order).await;
    placed.assert_status(201).assert_contains(json!({"payment": {"method": "manual"}}));
}

#[holdfast_test]
async fn an_order_has_1_to_100_lines(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let variant =
        |n: i32| json!({"sku": format!("P-{n}"), "title": "One", "options": {}, "prices": [eur(10)]});
    let variants: Vec<Value> = (0..100).map(variant).collect();
    let poster = json!({"title": "Poster", "status": "active", "variants": variants});
    shop.post("/v1/products", poster).await.assert_status(201);
    let skus: Vec<String> = (0..100).map(|n| format!("P-{n}")).collect();
    for sku in &skus {
        shop.adjust(sku, 2).await;
    }
    let lines = || skus.iter().map(|sku| (sku, 2));
    alice.try_place(lines().chain([(&skus[0], 2)])).await.assert_problem(422, "validation");
    alice.try_place([("P-0", 1); 0]).await.assert_problem(422, "validation").assert_names("/lines");
    let order = alice.place(lines()).await;
    assert_eq!(order.body["lines"].as_array().unwrap().len(), 100);
    assert_eq!(order.body["subtotal"], eur(2_000));
    assert_eq!(shop.available("P-99").await, 0);
}

#[holdfast_test]
async fn numbers_are_unique_and_rise(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let mut numbers: Vec<u64> = Vec::new();
    for _ in 0..5 {
        shop.clock().advance(Duration::from_secs(1));
        numbers.push(alice.place([(&lamp, 1)]).await.number.parse().unwrap());
    }
    assert!(numbers.is_sorted_by(|earlier, later| earlier < later), "{numbers:?}");
}
