//! A shop that keeps no more of its past than it must.

use std::sync::Arc;

use serde_json::json;
use testkit::{BinaryShop, Database, Engine, holdfast_test};

const REPLAY: &str = "/v1/admin/subscriptions/inventory.follow_orders/replay";

#[holdfast_test]
async fn what_was_trimmed_is_not_replayed_and_not_missed(engine: Engine) {
    let database = Arc::new(Database::empty(engine).await);
    let mut shop = BinaryShop::start_on(Arc::clone(&database)).await;
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    for _ in 0..3 {
        alice.place([(&lamp, 1)]).await;
    }
    while shop.subscription("inventory.follow_orders").await["seq"] != 3 {}
    shop.post(REPLAY, json!({"after": 0, "dry_run": true})).await.assert_ok();

    let config = "[events]\ntrim = true\nkeep = '0s'\n";
    std::fs::write(database.directory().join("holdfast.toml"), config).unwrap();
    shop.restart().await;
    let ask = async || shop.post(REPLAY, json!({"after": 0, "dry_run": true})).await;
    while ask().await.status == 200 {}
    ask().await.assert_problem(409, "events-trimmed");
    shop.post(REPLAY, json!({"after": 2})).await.assert_ok();
    while shop.subscription("inventory.follow_orders").await["seq"] != 3 {}
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}
