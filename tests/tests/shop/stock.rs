use std::time::Duration;

use kernel::Clock;
use serde_json::{Value, json};
use testkit::{Request, Stock, TestShop, holdfast_test};

fn adjustment(shop: &TestShop, sku: &str, delta: impl Into<Value>, location: &str) -> Request {
    let body = json!({"delta": delta.into(), "reason": "counted", "location": location});
    shop.post(&format!("/v1/stock/{sku}/adjustments"), body)
}

#[holdfast_test]
async fn what_is_received_is_on_hand(shop: TestShop) {
    shop.product("lamp").create().await;
    let received = adjustment(&shop, "LAMP", 100, "main").await;
    received.assert_status(201).assert_contains(json!({
        "sku": "LAMP", "on_hand": 100, "reserved": 0, "available": 100, "updated_at": shop.clock().now().to_string(),
        "locations": [{"location": "main", "on_hand": 100, "reserved": 0, "available": 100}],
    }));
    let shown = shop.get("/v1/stock/LAMP").await;
    assert_eq!(shown.assert_ok().assert_etag().body, received.body);
    shop.clock().advance(Duration::from_secs(1));
    let lost = adjustment(&shop, "LAMP", -30, "main").await;
    lost.assert_status(201)
        .assert_contains(json!({"on_hand": 70, "updated_at": shop.clock().now().to_string()}));
    assert!(lost.number("version") > received.number("version"));
}

#[holdfast_test]
async fn locations_add_up(shop: TestShop) {
    shop.product("lamp").create().await;
    adjustment(&shop, "LAMP", 5, "main").await.assert_status(201);
    adjustment(&shop, "LAMP", 7, "berlin").await.assert_status(201);
    let stock = shop.get("/v1/stock/LAMP").await;
    stock.assert_contains(json!({"on_hand": 12, "available": 12}));
    let mut locations = stock["locations"].as_array().unwrap().clone();
    locations.sort_by_key(|level| level["on_hand"].as_i64());
    let names: Vec<&Value> = locations.iter().map(|level| &level["location"]).collect();
    assert_eq!(names, ["main", "berlin"]);
    adjustment(&shop, "LAMP", -6, "main").await.assert_problem(409, "stock-reserved");
    let alice = shop.customer("alice").await;
    alice.place([("LAMP", 12)]).await;
    assert_eq!(shop.stock("LAMP").await, Stock { on_hand: 12, reserved: 12, available: 0 });
}

#[holdfast_test]
async fn what_is_reserved_stays(shop: TestShop) {
    let lamp = shop.product("lamp").stock(10).create().await;
    shop.customer("alice").await.place([(&lamp, 4)]).await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 4, available: 6 });
    adjustment(&shop, "LAMP", -7, "main").await.assert_problem(409, "stock-reserved");
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 4, available: 6 });
    adjustment(&shop, "LAMP", -6, "main").await.assert_status(201);
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 4, reserved: 4, available: 0 });
    adjustment(&shop, "LAMP", -1, "main").await.assert_problem(409, "stock-reserved");
}

#[holdfast_test]
async fn there_is_never_less_than_nothing(shop: TestShop) {
    shop.product("lamp").stock(2).create().await;
    for location in ["main", "berlin"] {
        adjustment(&shop, "LAMP", -3, location).await.assert_problem(409, "stock-reserved");
    }
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"on_hand": 2, "version": 1}));
}

#[holdfast_test]
async fn a_sku_is_found_in_any_case(shop: TestShop) {
    shop.product("lamp").stock(2).create().await;
    adjustment(&shop, "lamp", 3, "main").await.assert_status(201).assert_contains(json!({"on_hand": 5}));
    assert_eq!(shop.available("Lamp").await, 5);
    assert_eq!(shop.all("/v1/stock/lAMP/ledger").await.len(), 2);
}

#[holdfast_test]
async fn what_was_never_there_is_not_found(shop: TestShop) {
    shop.get("/v1/stock/NOTHING").await.assert_refused(404);
    shop.get("/v1/stock/NOTHING/ledger").await.assert_refused(404);
}

#[holdfast_test]
async fn the_ledger_tells_every_movement(shop: TestShop) {
    let lamp = shop.product("lamp").stock(10).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 4)]).await;
    alice.cancel(&order).await.assert_ok();
    shop.settle().await;
    adjustment(&shop, "LAMP", -1, "main").await.assert_status(201);
    let ledger = shop.all("/v1/stock/LAMP/ledger").await;
    let fields = ["seq", "kind", "on_hand_delta", "reserved_delta", "on_hand_after", "reason", "cause", "at"];
    for entry in &ledger {
        assert!(fields.iter().all(|field| entry.get(field).is_some()), "{entry:#}");
    }
    assert!(ledger.is_sorted_by(|newer, older| newer["seq"].as_i64() > older["seq"].as_i64()), "{ledger:#?}");
    let moved: Vec<[i64; 3]> = ledger
        .iter()
        .map(|entry| {
            ["on_hand_delta", "reserved_delta", "on_hand_after"].map(|field| entry[field].as_i64().unwrap())
        })
        .filter(|[on_hand, reserved, _]| (*on_hand, *reserved) != (0, 0))
        .collect();
    assert_eq!(moved, [[-1, 0, 9], [0, -4, 10], [0, 4, 10], [10, 0, 10]]);
    assert_eq!(
        (&ledger[0]["reason"], &ledger[0]["at"]),
        (&json!("counted"), &json!(shop.clock().now().to_string()))
    );
    assert!(ledger[1]["cause"].as_str().unwrap().contains(&order.id), "{ledger:#?}");
}

#[holdfast_test]
async fn an_adjustment_is_a_sane_number(shop: TestShop) {
    shop.product("lamp").stock(1).create().await;
    for wrong in [json!(0), json!(1.5), json!("1"), json!(null), json!(9_223_372_036_854_775_808_u64)] {
        adjustment(&shop, "LAMP", wrong, "main")
            .await
            .assert_problem(422, "validation")
            .assert_names("/delta");
    }
    for location in ["", "two words", "x/y"] {
        adjustment(&shop, "LAMP", 1, location)
            .await
            .assert_problem(422, "validation")
            .assert_names("/location");
    }
    for extreme in [i64::MAX, i64::MIN] {
        for _ in 0..2 {
            let reply = adjustment(&shop, "LAMP", extreme, "main").await;
            assert!(matches!(reply.status, 201 | 409 | 422), "{}", reply.exchange());
        }
    }
}
