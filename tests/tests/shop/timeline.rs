//! What became of an order, in the order in which it did.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

#[holdfast_test]
async fn an_order_has_a_timeline(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let (shipped, cancelled) = (alice.place([(&lamp, 2)]).await, alice.place([(&lamp, 1)]).await);
    shop.clock().advance(Duration::from_secs(60));
    shop.ship(&shipped, [(&lamp, 1)]).await.assert_status(201);
    shop.ship(&shipped, [(&lamp, 1)]).await.assert_status(201);
    alice.cancel(&cancelled).await.assert_ok();
    shop.settle().await;
    let path = format!("/v1/orders/{}/timeline", shipped.id);
    let page = shop.get(&path).await;
    let all = page.assert_ok()["data"].as_array().unwrap();
    assert_eq!(kinds(all), ["received", "placed", "shipped", "shipped"]);
    assert!(all.is_sorted_by_key(|entry| entry["at"].as_str().unwrap().to_owned()), "{all:?}");
    assert_eq!(all[2]["shipment"]["lines"], json!([{"sku": lamp.sku, "quantity": 1}]));
    let first = shop.get(&format!("{path}?limit=1")).await;
    assert_eq!(first.assert_ok()["data"], json!(all[..1]));
    let rest = shop.get(&format!("{path}?limit=3&cursor={}", first.text("next_cursor"))).await;
    assert_eq!((&rest.assert_ok()["data"], &rest["next_cursor"]), (&json!(all[1..]), &Value::Null));
    let of_cancelled = shop.all(&format!("/v1/orders/{}/timeline", cancelled.id)).await;
    assert_eq!(kinds(&of_cancelled), ["received", "placed", "cancelled"]);
    assert_eq!(of_cancelled[2]["reason"], "changed my mind");
    let nobody = "/v1/orders/ord_00000000000000000000000001/timeline";
    shop.get(nobody).await.assert_problem(404, "order-not-found");
}
