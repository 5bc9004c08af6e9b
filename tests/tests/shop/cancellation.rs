use std::time::Duration;

use serde_json::json;
use testkit::{Stock, TestShop, holdfast_test};

#[holdfast_test]
async fn cancelling_an_order_returns_its_stock(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 2)]).await;
    alice.cancel(&order).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 0, available: 3 });
    alice.place([(&lamp, 3)]).await;
}

#[holdfast_test]
async fn a_cancelled_order_is_the_same_but_cancelled(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 2)]).await;
    shop.clock().advance(Duration::from_secs(60));
    let cancelled = alice.cancel(&order).await;
    cancelled.assert_ok().assert_etag().assert_contains(json!({"id": order.id, "status": "cancelled"}));
    for field in ["number", "lines", "total", "customer_id", "shipping_address", "placed_at", "created_at"] {
        assert_eq!(cancelled[field], order.body[field], "{field} has changed");
    }
    assert!(cancelled.number("version") > order.body["version"].as_i64().unwrap());
    shop.settle().await;
    let mut shown = shop.get(&format!("/v1/orders/{}", order.id)).await.body;
    assert_eq!(shown["payment"]["status"], "voided");
    for field in ["payment", "version"] {
        shown[field] = cancelled[field].clone();
    }
    assert_eq!(shown, cancelled.body);
}

#[holdfast_test]
async fn cancelling_twice_returns_the_stock_once(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let (order, _kept) = (alice.place([(&lamp, 1)]).await, alice.place([(&lamp, 1)]).await);
    let key = testkit::fresh_key();
    let first = alice.cancel(&order).key(&key).await;
    first.assert_ok();
    let again = alice.cancel(&order).key(&key).await;
    assert!(again.is_replayed(), "{}", again.exchange());
    assert_eq!(again.assert_ok().bytes, first.bytes);
    let anew = alice.cancel(&order).await;
    match anew.status {
        200 => {
            assert_eq!((&anew["status"], &anew["cancelled_at"]), (&first["status"], &first["cancelled_at"]))
        }
        _ => assert_eq!(anew.assert_refused(409).status, 409),
    }
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 1, available: 2 });
}

#[holdfast_test]
async fn many_cancel_at_once(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 2)]).await;
    let attempts: Vec<_> =
        (0..20).map(|_| tokio::spawn(alice.cancel(&order).persistently().into_future())).collect();
    for attempt in attempts {
        let reply = attempt.await.unwrap();
        assert!(matches!(reply.status, 200 | 409), "{}", reply.exchange());
    }
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 0, available: 3 });
}

#[holdfast_test]
async fn a_cancellation_has_a_reason(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 2)]).await;
    let path = format!("/v1/orders/{}/cancellation", order.id);
    for body in [json!({}), json!({"reason": null}), json!({"reason": 1}), json!({"reason": "x", "by": "me"})]
    {
        shop.post(&path, body).await.assert_problem(422, "validation");
    }
    assert_eq!(shop.get(&format!("/v1/orders/{}", order.id)).await.body, order.body);
}
