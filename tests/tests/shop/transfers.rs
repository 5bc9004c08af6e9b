use serde_json::{Value, json};
use testkit::{Request, Stock, TestShop, holdfast_test};

fn transfer(shop: &TestShop, quantity: impl Into<Value>, from: &str, to: &str) -> Request {
    let body = json!({"from": from, "to": to, "quantity": quantity.into(), "reason": "restocking"});
    shop.post("/v1/stock/LAMP/transfers", body)
}

#[holdfast_test]
async fn goods_move_and_their_sum_stays(shop: TestShop) {
    shop.product("lamp").stock(10).create().await;
    let moved = transfer(&shop, 4, "main", "shop").await;
    moved.assert_status(201).assert_contains(json!({
        "sku": "LAMP", "on_hand": 10, "reserved": 0, "available": 10,
        "locations": [
            {"location": "main", "on_hand": 6, "reserved": 0, "available": 6},
            {"location": "shop", "on_hand": 4, "reserved": 0, "available": 4},
        ],
    }));
    assert_eq!(shop.get("/v1/stock/LAMP").await.assert_ok().assert_etag().body, moved.body);
    transfer(&shop, 4, "shop", "main").await.assert_status(201);
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"locations": [{"on_hand": 10}, {"on_hand": 0}]}));
}

#[holdfast_test]
async fn the_ledger_tells_both_ends(shop: TestShop) {
    shop.product("lamp").stock(10).create().await;
    transfer(&shop, 4, "main", "shop").await.assert_status(201);
    transfer(&shop, 1, "main", "shop").await.assert_status(201);
    let ledger = shop.all("/v1/stock/LAMP/ledger").await;
    let told = |entry: &Value| {
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        let figure = |field: &str| entry[field].as_i64().unwrap();
        (text("kind"), text("location"), figure("on_hand_delta"), figure("on_hand_after"))
    };
    let out = |n: i64, left: i64| ("transfer_out".to_owned(), "main".to_owned(), -n, left);
    let into = |n: i64, there: i64| ("transfer_in".to_owned(), "shop".to_owned(), n, there);
    let told: Vec<_> = ledger[..4].iter().map(told).collect();
    assert_eq!(told, [into(1, 5), out(1, 5), into(4, 4), out(4, 6)]);
    let causes: Vec<&str> = ledger.iter().map(|entry| entry["cause"].as_str().unwrap()).collect();
    assert!(causes[0] == causes[1] && causes[2] == causes[3] && causes[1] != causes[2], "{causes:?}");
    assert!(ledger[..4].iter().all(|entry| entry["reason"] == "restocking"), "{ledger:#?}");
}

#[holdfast_test]
async fn what_is_reserved_does_not_move(shop: TestShop) {
    let lamp = shop.product("lamp").stock(10).create().await;
    shop.customer("alice").await.place([(&lamp, 4)]).await;
    let refused = transfer(&shop, 7, "main", "shop").await;
    refused.assert_problem(409, "stock-reserved");
    shop.get("/v1/stock/LAMP")
        .await
        .assert_contains(json!({"locations": [{"location": "main", "on_hand": 10}]}));
    transfer(&shop, 6, "main", "shop").await.assert_status(201);
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 4, available: 6 });
    transfer(&shop, 1, "main", "shop").await.assert_problem(409, "stock-reserved");
    // Where it went, it can be had.
    shop.customer("bob").await.place([(&lamp, 6)]).await;
    transfer(&shop, 1, "shop", "main").await.assert_problem(409, "stock-reserved");
}

#[holdfast_test]
async fn there_is_nothing_where_nothing_was_received(shop: TestShop) {
    transfer(&shop, 1, "main", "shop").await.assert_problem(409, "stock-reserved");
    shop.get("/v1/stock/LAMP").await.assert_problem(404, "stock-not-found");
    shop.product("lamp").stock(3).create().await;
    transfer(&shop, 1, "attic", "shop").await.assert_problem(409, "stock-reserved");
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"version": 1, "locations": [{"on_hand": 3}]}));
}

#[holdfast_test]
async fn a_transfer_is_a_sane_request(shop: TestShop) {
    shop.product("lamp").stock(3).create().await;
    let elsewhere = transfer(&shop, 1, "main", "main").await;
    elsewhere.assert_problem(422, "validation").assert_names("/to");
    for quantity in [json!(0), json!(-1), json!(1.5), json!(null), json!(1_000_000_000_001_i64)] {
        let refused = transfer(&shop, quantity, "main", "shop").await;
        refused.assert_problem(422, "validation").assert_names("/quantity");
    }
    for location in ["", "two words", "x/y"] {
        transfer(&shop, 1, location, "shop").await.assert_problem(422, "validation").assert_names("/from");
        transfer(&shop, 1, "main", location).await.assert_problem(422, "validation").assert_names("/to");
    }
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"version": 1}));
}

#[holdfast_test]
async fn a_transfer_is_made_once_per_key(shop: TestShop) {
    shop.product("lamp").stock(3).create().await;
    let keyless = transfer(&shop, 2, "main", "shop").without("idempotency-key").await;
    keyless.assert_problem(400, "idempotency-key-missing");
    let request = transfer(&shop, 2, "main", "shop");
    let (first, again) = (request.clone().await, request.await);
    assert_eq!((first.status, again.status, again.is_replayed()), (201, 201, true));
    assert_eq!(first.bytes, again.bytes);
    shop.get("/v1/stock/LAMP").await.assert_contains(json!({"locations": [{"on_hand": 1}, {"on_hand": 2}]}));
}
