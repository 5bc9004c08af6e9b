//! What operators see of who hears whom and who is called, and do about it.

use std::time::Duration;

use serde_json::json;
use testkit::{Stock, TestShop, holdfast_test};

const FOLLOW: &str = "/v1/admin/subscriptions/inventory.follow_orders";
const NAME: &str = "inventory.follow_orders";

#[holdfast_test]
async fn a_shop_says_who_hears_whom_and_how_far(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    shop.customer("alice").await.place([(&lamp, 1)]).await;
    shop.settle().await;
    let follow = shop.subscription(NAME).await;
    assert_eq!((&follow["name"], &follow["source"]), (&json!("inventory.follow_orders"), &json!("order")));
    assert_eq!((&follow["seq"], &follow["paused"], &follow["dead"]), (&json!(1), &json!(false), &json!(0)));
    assert!(follow["heard_until"].is_string(), "{follow}");
    assert_eq!((&follow["lag_events"], &follow["alarm"]), (&json!(0), &json!(null)));
}

#[holdfast_test]
async fn who_lags_for_long_is_an_alarm(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    shop.post(&format!("{FOLLOW}/pause"), json!({"paused": true})).await.assert_ok();
    alice.place([(&lamp, 1)]).await;
    shop.settle().await;
    shop.clock().advance(Duration::from_secs(16 * 60));
    let follow = shop.subscription(NAME).await;
    assert_eq!((&follow["lag_events"], &follow["lag_seconds"]), (&json!(1), &json!(16 * 60)));
    assert!(follow["alarm"].is_string(), "{follow}");
    shop.post(&format!("{FOLLOW}/pause"), json!({"paused": false})).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.subscription(NAME).await["alarm"], json!(null));
}

#[holdfast_test]
async fn a_paused_subscription_lets_events_wait_and_loses_none(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let paused = shop.post(&format!("{FOLLOW}/pause"), json!({"paused": true})).await;
    assert_eq!(paused.assert_ok()["paused"], true);
    alice.place([(&lamp, 2)]).await;
    shop.settle().await;
    assert_eq!(shop.subscription(NAME).await["seq"], 0);
    shop.post(&format!("{FOLLOW}/pause"), json!({"paused": false})).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.subscription(NAME).await["seq"], 1);
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 2, available: 1 });
}

#[holdfast_test]
async fn a_replay_changes_nothing_that_was_heard(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 2)]).await;
    alice.place([(&lamp, 1)]).await;
    alice.cancel(&order).await.assert_ok();
    shop.settle().await;
    let replay = |body| shop.post(&format!("{FOLLOW}/replay"), body);
    replay(json!({"after": 0, "dry_run": true})).await.assert_contains(json!({"from": 3, "to": 0}));
    assert_eq!(shop.subscription(NAME).await["seq"], 3);
    replay(json!({"after": 0})).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 1, available: 2 });
    replay(json!({"after": -1})).await.assert_problem(422, "validation");
}

#[holdfast_test]
async fn what_is_not_there_is_not_found(shop: TestShop) {
    shop.post("/v1/admin/subscriptions/nobody/pause", json!({"paused": true}))
        .await
        .assert_problem(404, "subscription-not-found");
    let letters = "/v1/admin/dead-letters";
    let list = shop.get(&format!("{letters}?subscription=inventory.follow_orders")).await;
    assert_eq!(list.assert_ok()["data"], json!([]));
    shop.get(&format!("{letters}?subscription=nobody")).await.assert_problem(404, "subscription-not-found");
    let letter = format!("{letters}/inventory.follow_orders/7");
    shop.post(&format!("{letter}/retry"), json!({})).await.assert_problem(404, "dead-letter-not-found");
    let discard = shop.post(&format!("{letter}/discard"), json!({"note": "made by hand"})).await;
    discard.assert_problem(404, "dead-letter-not-found");
}

#[holdfast_test]
async fn modules_that_call_nobody_have_no_effects(shop: TestShop) {
    let effects = "/v1/admin/effects";
    for query in ["module=order", "module=order&state=waiting&limit=1"] {
        let list = shop.get(&format!("{effects}?{query}")).await;
        assert_eq!(list.assert_ok()["data"], json!([]));
    }
    shop.get(&format!("{effects}?module=nobody")).await.assert_problem(404, "module-not-found");
    shop.get(&format!("{effects}?module=order&state=lost")).await.assert_problem(422, "validation");
    let effect = format!("{effects}/order/eff_00000000000000000000000001");
    shop.post(&format!("{effect}/retry"), json!({})).await.assert_problem(404, "effect-not-found");
    let discard = shop.post(&format!("{effect}/discard"), json!({"note": "made by hand"})).await;
    discard.assert_problem(404, "effect-not-found");
    shop.post(&format!("{effects}/order/7/retry"), json!({})).await.assert_problem(400, "malformed-path");
}
