use serde_json::{Value, json};
use testkit::{Request, TestShop, holdfast_test};

fn settings(shop: &TestShop, sku: &str, limit: impl Into<Value>, threshold: impl Into<Value>) -> Request {
    let body = json!({"backorder_limit": limit.into(), "low_stock_threshold": threshold.into()});
    shop.put(&format!("/v1/stock/{sku}/settings"), body)
}

#[holdfast_test]
async fn settings_are_replaced_and_shown(shop: TestShop) {
    shop.product("lamp").stock(9).create().await;
    let before = shop.get("/v1/stock/LAMP").await;
    before.assert_contains(json!({"backordered": 0, "backorder_limit": 0, "low_stock_threshold": null}));
    let set = settings(&shop, "lamp", 3, 5).await;
    set.assert_ok()
        .assert_etag()
        .assert_contains(json!({"sku": "LAMP", "on_hand": 9, "low_stock_threshold": 5}));
    assert!(set.number("version") > before.number("version"));
    assert_eq!(shop.get("/v1/stock/LAMP").await.assert_etag().body, set.body);
    shop.adjust("LAMP", 1).await.assert_contains(json!({"low_stock_threshold": 5}));
    settings(&shop, "LAMP", 3, json!(null))
        .await
        .assert_ok()
        .assert_contains(json!({"low_stock_threshold": null}));
}

#[holdfast_test]
async fn settings_that_stay_are_no_change(shop: TestShop) {
    shop.product("lamp").stock(9).create().await;
    let (first, again) = (settings(&shop, "LAMP", 3, 5).await, settings(&shop, "LAMP", 3, 5).await);
    assert_eq!(first.assert_ok().body, again.assert_ok().body);
}

#[holdfast_test]
async fn a_stale_reader_sets_nothing(shop: TestShop) {
    shop.product("lamp").stock(9).create().await;
    let seen = shop.get("/v1/stock/LAMP").await.header("etag").unwrap().to_owned();
    settings(&shop, "LAMP", 3, 5).header("if-match", &seen).await.assert_ok();
    settings(&shop, "LAMP", 3, 6).header("if-match", &seen).await.assert_problem(412, "stale");
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"low_stock_threshold": 5}));
}

#[holdfast_test]
async fn a_sku_can_be_set_before_it_is_received(shop: TestShop) {
    shop.product("lamp").create().await;
    shop.get("/v1/stock/LAMP").await.assert_problem(404, "stock-not-found");
    settings(&shop, "LAMP", 3, 5).await.assert_ok().assert_contains(json!({
        "on_hand": 0, "available": 0, "locations": [{"location": "main", "on_hand": 0, "reserved": 0, "available": 0}],
    }));
    shop.adjust("LAMP", 3).await.assert_contains(json!({"on_hand": 3, "low_stock_threshold": 5}));
}

#[holdfast_test]
async fn settings_are_sane(shop: TestShop) {
    shop.product("lamp").stock(9).create().await;
    for wrong in [json!(-1), json!(1.5), json!("5"), json!(1_000_000_000_001_i64)] {
        let refused = settings(&shop, "LAMP", 3, wrong.clone()).await;
        refused.assert_problem(422, "validation").assert_names("/low_stock_threshold");
        let refused = settings(&shop, "LAMP", wrong, 5).await;
        refused.assert_problem(422, "validation").assert_names("/backorder_limit");
    }
    // Left out, the limit would silently be another one.
    let partial = shop.put("/v1/stock/LAMP/settings", json!({"low_stock_threshold": 5})).await;
    partial.assert_problem(422, "validation");
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"version": 1}));
}
