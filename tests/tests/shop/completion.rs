//! Orders that come to their end, from either side.

use serde_json::json;
use testkit::{CardShop, TestOrder, TestShop, fresh_key, holdfast_test};

use crate::shipments::{capture, stage, status, the_order, told};

#[holdfast_test]
async fn an_order_that_is_paid_last_is_completed(shop: TestShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 3)]).await;
    shop.settle().await;
    shop.ship(&order, [(&lamp, 3)]).await.assert_contains(json!({"status": "shipped"}));
    capture(&shop, &order, json!({"amount": {"amount": 1_000, "currency": "EUR"}})).await;
    shop.settle().await;
    assert_eq!(status(&shop, &order).await, "shipped");
    capture(&shop, &order, json!({})).await;
    shop.settle().await;
    let completed = the_order(&shop, &order).await;
    completed.assert_contains(json!({"status": "completed", "payment": {"status": "captured"}}));
    assert_eq!(shop.all("/v1/orders?status=completed").await, [completed.body]);
    assert_eq!(told(&shop, &order).await, ["order.created", "order.shipped", "order.completed"]);
}

#[holdfast_test]
async fn an_order_that_is_shipped_last_is_completed(shop: CardShop) {
    let (lamp, _, alice) = stage(&shop).await;
    let order = TestOrder::of(&alice.try_pay([(&lamp, 3)], "tok_visa").await);
    capture(&shop, &order, json!({})).await;
    shop.settle().await;
    shop.ship(&order, [(&lamp, 1)]).await.assert_contains(json!({"status": "partially_shipped"}));
    shop.settle().await;
    assert_eq!(status(&shop, &order).await, "partially_shipped");
    // Some of it goes back: it was paid for all the same.
    let refund = json!({"amount": {"amount": 500, "currency": "EUR"}});
    let payment = order.body["payment"]["id"].as_str().unwrap();
    shop.post(&format!("/v1/payments/{payment}/refunds"), refund).key(&fresh_key()).await.assert_ok();
    shop.settle().await;
    let last = shop.ship(&order, [(&lamp, 2)]).await;
    last.assert_status(201).assert_etag().assert_contains(json!({"status": "completed"}));
    shop.settle().await;
    assert_eq!(the_order(&shop, &order).await.body, last.body);
    let events = told(&shop, &order).await;
    assert_eq!(events, ["order.created", "order.shipped", "order.shipped", "order.completed"]);
}

#[holdfast_test]
async fn what_costs_nothing_is_completed_when_it_has_left(shop: TestShop) {
    let leaflet = shop.product("leaflet").price(0, "EUR").stock(5).create().await;
    let order = shop.customer("alice").await.place([(&leaflet, 2)]).await;
    let shipped = shop.ship(&order, [(&leaflet, 2)]).await;
    shipped.assert_status(201).assert_contains(json!({"status": "completed"}));
}
