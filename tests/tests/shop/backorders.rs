use serde_json::json;
use testkit::{Stock, TestProduct, TestShop, holdfast_test};

/// A lamp of which three are there and four more can be ordered.
async fn scarce_lamp(shop: &TestShop) -> TestProduct {
    let lamp = shop.product("lamp").stock(3).create().await;
    let settings = json!({"backorder_limit": 4, "low_stock_threshold": null});
    shop.put("/v1/stock/LAMP/settings", settings).await.assert_ok();
    lamp
}

async fn backordered(shop: &TestShop) -> i64 {
    shop.get("/v1/stock/LAMP").await.number("backordered")
}

#[holdfast_test]
async fn an_order_may_wait_for_its_goods(shop: TestShop) {
    let lamp = scarce_lamp(&shop).await;
    let alice = shop.customer("alice").await;
    alice.place([(&lamp, 5)]).await;
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 3, available: 0 });
    assert_eq!(backordered(&shop).await, 2);
    shop.adjust(&lamp, 6).await.assert_contains(json!({"reserved": 5, "available": 4, "backordered": 0}));
    let ledger = shop.all("/v1/stock/LAMP/ledger").await;
    let allocated = &ledger[0];
    assert_eq!((&allocated["kind"], &allocated["reserved_delta"]), (&json!("allocated"), &json!(2)));
    assert!(allocated["cause"].as_str().unwrap().starts_with("ord_"), "{allocated:#}");
}

#[holdfast_test]
async fn nobody_is_promised_more_than_the_limit(shop: TestShop) {
    let lamp = scarce_lamp(&shop).await;
    let (desk, alice) = (shop.product("desk").stock(1).create().await, shop.customer("alice").await);
    alice.place([(&lamp, 5)]).await;
    let refused = alice.try_place([(&lamp, 3), (&desk, 1)]).await;
    refused.assert_problem(409, "insufficient-stock");
    let short = &refused.errors()[0];
    assert_eq!(
        (&short["sku"], &short["requested"], &short["available"]),
        (&json!("LAMP"), &json!(3), &json!(2))
    );
    // All or nothing.
    assert_eq!(shop.stock(&desk).await.reserved, 0);
    assert_eq!(backordered(&shop).await, 2);
    alice.place([(&lamp, 2), (&desk, 1)]).await;
    assert_eq!(backordered(&shop).await, 4);
}

#[holdfast_test]
async fn a_cancelled_order_leaves_its_goods_to_who_waits(shop: TestShop) {
    let lamp = scarce_lamp(&shop).await;
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let first = alice.place([(&lamp, 5)]).await;
    let second = bob.place([(&lamp, 2)]).await;
    alice.cancel(&first).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 2, available: 1 });
    assert_eq!(backordered(&shop).await, 0);
    bob.cancel(&second).await.assert_ok();
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 3, reserved: 0, available: 3 });
}

#[holdfast_test]
async fn nothing_of_what_somebody_waits_for_moves(shop: TestShop) {
    let lamp = scarce_lamp(&shop).await;
    shop.customer("alice").await.place([(&lamp, 5)]).await;
    let transfer = json!({"from": "main", "to": "shop", "quantity": 1, "reason": "moved"});
    shop.post("/v1/stock/LAMP/transfers", transfer.clone()).await.assert_problem(409, "stock-reserved");
    shop.adjust(&lamp, 2).await;
    shop.post("/v1/stock/LAMP/transfers", transfer.clone()).await.assert_problem(409, "stock-reserved");
    shop.adjust(&lamp, 1).await;
    shop.post("/v1/stock/LAMP/transfers", transfer).await.assert_status(201);
}
