use std::time::Duration;

use serde_json::json;
use testkit::{CardShop, Fault, Stock, holdfast_test};

const FOLLOW: &str = "/v1/admin/subscriptions/inventory.follow_orders/pause";
const PAST_THE_HOLD: Duration = Duration::from_secs(20 * 60);

/// Time for the sweeper, which looks every second of the machine's own clock.
async fn sweep() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

/// Inventory hears nothing of the orders for longer than it holds their stock.
#[holdfast_test]
async fn what_is_not_heard_for_longer_than_a_hold_is_not_sold_again(shop: CardShop) {
    let lamp = shop.product("lamp").stock(10).create().await;
    let alice = shop.customer("alice").await;
    shop.post(FOLLOW, json!({"paused": true})).await.assert_ok();
    let kept = alice.place([(&lamp, 4)]).await;
    let given_up = alice.place([(&lamp, 2)]).await;
    let left_alone = alice.try_pay([(&lamp, 1)], "tok_action").await;
    left_alone.assert_status(202);
    // Neither end is told directly: the feed is the only way.
    shop.faults().befall("inventory.release", [Fault::Before; 2]);
    alice.cancel(&given_up).await.assert_ok();
    shop.clock().advance(PAST_THE_HOLD);
    shop.settle().await;
    assert!(shop.faults().are_spent());
    sweep().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 7, available: 3 });
    alice.try_place([(&lamp, 4)]).await.assert_problem(409, "insufficient-stock");
    alice.place([(&lamp, 3)]).await;

    shop.post(FOLLOW, json!({"paused": false})).await.assert_ok();
    shop.settle().await;
    sweep().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 7, available: 3 });
    assert_eq!(shop.get(&format!("/v1/orders/{}", kept.id)).await.assert_ok()["status"], "placed");
    let ended = shop.get(&format!("/v1/orders/{}", left_alone.text("id"))).await;
    assert_eq!(ended.assert_ok()["status"], "rejected");
}
