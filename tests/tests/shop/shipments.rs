use serde_json::{Value, json};
use testkit::{
    CardShop, Fault, Reply, Stock, TestCustomer, TestOrder, TestProduct, TestShop, fresh_key, holdfast_test,
};

use crate::snapshot::Snapshot;

/// Nine lamps, nine desks, and a customer.
pub(crate) async fn stage(shop: &TestShop) -> (TestProduct, TestProduct, TestCustomer) {
    let lamp = shop.product("lamp").stock(9).create().await;
    (lamp, shop.product("desk").stock(9).create().await, shop.customer("alice").await)
}

pub(crate) async fn the_order(shop: &TestShop, order: &TestOrder) -> Reply {
    let reply = shop.get(&format!("/v1/orders/{}", order.id)).await;
    reply.assert_ok().assert_etag();
    reply
}

pub(crate) async fn status(shop: &TestShop, order: &TestOrder) -> String {
    the_order(shop, order).await.text("status").to_owned()
}

/// All that is left of an order's payment, or a part.
pub(crate) async fn capture(shop: &TestShop, order: &TestOrder, body: Value) {
    let payment = order.body["payment"]["id"].as_str().unwrap();
    shop.post(&format!("/v1/payments/{payment}/captures"), body).key(&fresh_key()).await.assert_ok();
}

/// Types of the events of an order, the oldest first.
pub(crate) async fn told(shop: &TestShop, order: &TestOrder) -> Vec<String> {
    let events = shop.all(&format!("/v1/admin/events?module=order&aggregate_id={}", order.id)).await;
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[holdfast_test]
async fn an_order_leaves_in_parts(shop: TestShop) {
    let (lamp, desk, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3), (&desk, 1)]).await;
    assert_eq!((&order.body["shipments"], &order.body["lines"][0]["shipped"]), (&json!([]), &json!(0)));
    let body = json!({"lines": [{"sku": "lamp", "quantity": 1}, {"sku": "LAMP", "quantity": 1}],
        "carrier": "DHL", "tracking": "JD014600003"});
    let first = shop.post(&format!("/v1/orders/{}/shipments", order.id), body).await;
    first.assert_status(201).assert_etag().assert_id("/shipments/0/id", "shp").assert_contains(json!({
        "id": order.id, "number": order.number, "status": "partially_shipped",
        "lines": [{"sku": "LAMP", "quantity": 3, "shipped": 2}, {"sku": "DESK", "quantity": 1, "shipped": 0}],
        "shipments": [{"lines": [{"sku": "LAMP", "quantity": 2}], "carrier": "DHL", "tracking": "JD014600003"}],
    }));
    assert_eq!(first.header("location"), Some(format!("/v1/orders/{}", order.id).as_str()));
    assert!(first.number("version") > order.body["version"].as_i64().unwrap());
    let second = shop.ship(&order, [(&desk, 1), (&lamp, 1)]).await;
    second.assert_status(201).assert_contains(json!({
        "status": "shipped",
        "lines": [{"shipped": 3}, {"shipped": 1}],
        "shipments": [{"carrier": "DHL"}, {"carrier": null, "tracking": null,
            "lines": [{"sku": "LAMP", "quantity": 1}, {"sku": "DESK", "quantity": 1}]}],
    }));
    shop.settle().await;
    let mut shown = the_order(&shop, &order).await.body;
    for field in ["payment", "version"] {
        shown[field] = second[field].clone();
    }
    assert_eq!(shown, second.body);
}

#[holdfast_test]
async fn what_is_shipped_leaves_the_stock(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3)]).await;
    shop.ship(&order, [(&lamp, 2)]).await.assert_status(201);
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 7, reserved: 1, available: 6 });
    let ledger = shop.all("/v1/stock/LAMP/ledger").await;
    let left = json!({"kind": "shipped", "on_hand_delta": -2, "reserved_delta": -2, "on_hand_after": 7,
        "cause": order.id, "location": "main"});
    for (field, value) in left.as_object().unwrap() {
        assert_eq!(&ledger[0][field], value, "{field}");
    }
    shop.ship(&order, [(&lamp, 1)]).await.assert_status(201);
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 6, reserved: 0, available: 6 });
    assert_eq!(told(&shop, &order).await, ["order.created", "order.shipped", "order.shipped"]);
}

#[holdfast_test]
async fn orders_are_found_by_what_has_left(shop: TestShop) {
    let (lamp, desk, alice) = stage(&shop).await;
    let lines = [(&lamp, 2), (&desk, 1)];
    let [whole, part, none] = [alice.place(lines).await, alice.place(lines).await, alice.place(lines).await];
    shop.ship(&whole, lines).await.assert_status(201);
    shop.ship(&part, [(&desk, 1)]).await.assert_status(201);
    shop.settle().await;
    for (status, order) in [("shipped", &whole), ("partially_shipped", &part), ("placed", &none)] {
        let found = shop.all(&format!("/v1/orders?status={status}")).await;
        assert_eq!(found, [the_order(&shop, order).await.body], "{status}");
    }
    assert!(shop.all("/v1/orders?status=completed").await.is_empty());
    assert_eq!(shop.all("/v1/orders").await.len(), 3);
}

#[holdfast_test]
async fn more_than_is_left_does_not_leave(shop: TestShop) {
    let (lamp, desk, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3), (&desk, 1)]).await;
    shop.ship(&order, [(&lamp, 2)]).await.assert_status(201);
    let before = Snapshot::of(&shop, &[&alice]).await;
    let refused = shop.ship(&order, [("DESK", 1), ("LAMP", 1), ("LAMP", 1)]).await;
    refused.assert_problem(409, "shipment-exceeds-order");
    let named = json!([{"pointer": "/lines/1/quantity", "code": "shipment-exceeds-order", "sku": "LAMP",
        "requested": 2, "remaining": 1}]);
    assert_eq!(refused["errors"], named);
    let refused = shop.ship(&order, [("CHAIR", 1), ("LAMP", 2), ("DESK", 2)]).await;
    refused.assert_problem(409, "sku-not-ordered");
    for place in ["/lines/0/sku", "/lines/1/quantity", "/lines/2/quantity"] {
        refused.assert_names(place);
    }
    assert_eq!(Snapshot::of(&shop, &[&alice]).await, before);
}

#[holdfast_test]
async fn goods_that_have_not_come_do_not_leave(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let settings = json!({"backorder_limit": 4, "low_stock_threshold": null});
    shop.put("/v1/stock/LAMP/settings", settings).await.assert_ok();
    let order = shop.customer("alice").await.place([(&lamp, 5)]).await;
    let refused = shop.ship(&order, [(&lamp, 4)]).await;
    refused.assert_problem(409, "stock-backordered");
    let named = json!([{"pointer": "/lines/0/quantity", "code": "stock-backordered", "sku": "LAMP",
        "requested": 4, "available": 3}]);
    assert_eq!(refused["errors"], named);
    shop.ship(&order, [(&lamp, 3)]).await.assert_status(201);
    // Whether the stock has heard of it or not.
    shop.ship(&order, [(&lamp, 1)]).await.assert_problem(409, "stock-backordered");
    shop.settle().await;
    shop.ship(&order, [(&lamp, 1)]).await.assert_problem(409, "stock-backordered");
    shop.adjust(&lamp, 3).await;
    shop.ship(&order, [(&lamp, 2)]).await.assert_status(201).assert_contains(json!({"status": "shipped"}));
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 1, reserved: 0, available: 1 });
}

#[holdfast_test]
async fn of_many_shipments_of_the_same_goods_one_leaves(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3)]).await;
    shop.ship(&order, [(&lamp, 1)]).await.assert_status(201);
    let attempts: Vec<_> =
        (0..20).map(|_| tokio::spawn(shop.ship(&order, [(&lamp, 2)]).persistently().into_future())).collect();
    let mut left = 0;
    for attempt in attempts {
        let reply = attempt.await.unwrap();
        match reply.status {
            201 => left += 1,
            _ => drop(reply.assert_problem(409, "shipment-exceeds-order")),
        }
    }
    assert_eq!(left, 1);
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 6, reserved: 0, available: 6 });
    assert_eq!(the_order(&shop, &order).await["shipments"].as_array().unwrap().len(), 2);
}

#[holdfast_test]
async fn a_shipment_and_a_cancellation_do_not_both_happen(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    for _ in 0..4 {
        let order = alice.place([(&lamp, 2)]).await;
        let (shipped, cancelled) =
            tokio::join!(shop.ship(&order, [(&lamp, 2)]).into_future(), alice.cancel(&order).into_future());
        match (shipped.status, cancelled.status) {
            (201, 409) => drop(cancelled.assert_problem(409, "order-already-shipped")),
            (409, 200) => drop(shipped.assert_problem(409, "order-not-placed")),
            _ => panic!("{}{}", shipped.exchange(), cancelled.exchange()),
        }
    }
}

#[holdfast_test]
async fn a_shipment_that_is_asked_for_again_is_the_same(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3)]).await;
    let (key, other) = (fresh_key(), fresh_key());
    let first = shop.ship(&order, [(&lamp, 1)]).key(&key).await;
    first.assert_status(201);
    let refused = shop.ship(&order, [(&lamp, 3)]).key(&other).await;
    refused.assert_problem(409, "shipment-exceeds-order");
    shop.ship(&order, [(&lamp, 2)]).await.assert_status(201);
    // The stock is not needed to repeat what was said.
    shop.faults().befall("inventory.find_holds", [Fault::Before, Fault::Before]);
    let again = shop.ship(&order, [(&lamp, 1)]).key(&key).await;
    assert!(again.is_replayed() && again.bytes == first.bytes, "{}", again.exchange());
    let again = shop.ship(&order, [(&lamp, 3)]).key(&other).await;
    assert!(again.is_replayed() && again.bytes == refused.bytes, "{}", again.exchange());
    assert!(shop.faults().are_spent());
    shop.ship(&order, [(&lamp, 2)]).key(&key).await.assert_problem(422, "idempotency-key-reused");
    let path = format!("/v1/orders/{}/shipments", order.id);
    let keyless = shop.post(&path, json!({"lines": [{"sku": "LAMP", "quantity": 1}]}));
    keyless.without("idempotency-key").await.assert_problem(400, "idempotency-key-missing");
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 6, reserved: 0, available: 6 });
}

#[holdfast_test]
async fn nothing_leaves_while_the_stock_cannot_be_asked(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 1)]).await;
    let key = fresh_key();
    shop.faults().befall("inventory.find_holds", [Fault::Before, Fault::After]);
    for _ in 0..2 {
        shop.ship(&order, [(&lamp, 1)]).key(&key).await.assert_problem(503, "unavailable");
        assert_eq!(status(&shop, &order).await, "placed");
    }
    shop.ship(&order, [(&lamp, 1)]).key(&key).await.assert_status(201);
}

#[holdfast_test]
async fn an_order_of_which_anything_was_shipped_is_not_cancelled(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 2)]).await;
    for expected in ["partially_shipped", "shipped"] {
        let shipped = shop.ship(&order, [(&lamp, 1)]).await;
        shipped.assert_contains(json!({"status": expected}));
        alice.cancel(&order).await.assert_problem(409, "order-already-shipped");
        assert_eq!(status(&shop, &order).await, expected);
    }
    shop.settle().await;
    capture(&shop, &order, json!({})).await;
    shop.settle().await;
    alice.cancel(&order).await.assert_problem(409, "order-already-shipped");
    assert_eq!(status(&shop, &order).await, "completed");
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 7, reserved: 0, available: 7 });
}

#[holdfast_test]
async fn only_a_placed_order_ships(shop: CardShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let cancelled = alice.place([(&lamp, 1)]).await;
    alice.cancel(&cancelled).await.assert_ok();
    shop.ship(&cancelled, [(&lamp, 1)]).await.assert_problem(409, "order-not-placed");
    let pending = alice.try_pay([(&lamp, 1)], "tok_action").await;
    pending.assert_status(202);
    alice.try_pay([(&lamp, 1)], "tok_decline").await.assert_problem(409, "payment-declined");
    let [rejected] = shop.all("/v1/orders?status=rejected").await.try_into().unwrap();
    let lines = json!({"lines": [{"sku": "LAMP", "quantity": 1}]});
    for id in [pending.text("id"), rejected["id"].as_str().unwrap()] {
        let refused = shop.post(&format!("/v1/orders/{id}/shipments"), lines.clone()).await;
        refused.assert_problem(409, "order-not-placed");
    }
    let nobodys = shop.post("/v1/orders/ord_01k9qz3v8yfg2r5m4n3c680thw/shipments", lines).await;
    nobodys.assert_problem(404, "order-not-found");
}

#[holdfast_test]
async fn shipments_that_make_no_sense(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 1)]).await;
    let path = format!("/v1/orders/{}/shipments", order.id);
    let line = |quantity: i64| json!([{"sku": "LAMP", "quantity": quantity}]);
    let many: Vec<Value> = (0..101).map(|n| json!({"sku": format!("SKU-{n}"), "quantity": 1})).collect();
    for (body, place) in [
        (json!({"lines": []}), "/lines"),
        (json!({"lines": many}), "/lines"),
        (json!({"lines": line(0)}), "/lines/0/quantity"),
        (json!({"lines": line(1_000_001)}), "/lines/0/quantity"),
        (json!({"lines": [{"sku": "a b", "quantity": 1}]}), "/lines/0/sku"),
        (json!({"lines": line(1), "carrier": ""}), "/carrier"),
        (json!({"lines": line(1), "tracking": "1".repeat(201)}), "/tracking"),
    ] {
        shop.post(&path, body).await.assert_problem(422, "validation").assert_names(place);
    }
    assert_eq!(the_order(&shop, &order).await.body, order.body);
    shop.post(&path, json!({"lines": line(1), "carrier": null})).await.assert_status(201);
}
