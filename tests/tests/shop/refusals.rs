use serde_json::{Value, json};
use testkit::{Stock, TestShop, holdfast_test};

/// A refused order holds nothing, and if it is recorded, then as rejected.
async fn assert_nothing_held(shop: &TestShop, skus: &[&str]) {
    shop.settle().await;
    for sku in skus {
        assert_eq!(shop.stock(sku).await.reserved, 0, "{sku} is held");
    }
    for order in shop.all("/v1/orders").await {
        assert_eq!(order["status"], "rejected", "{order:#}");
        assert!(order["number"].is_null() && order["placed_at"].is_null(), "{order:#}");
    }
}

#[holdfast_test]
async fn every_short_line_is_named(shop: TestShop) {
    for (name, stock) in [("lamp", 1), ("chair", 5), ("desk", 0), ("bed", 2)] {
        shop.product(name).stock(stock).create().await;
    }
    let alice = shop.customer("alice").await;
    let refused = alice.try_place([("LAMP", 2), ("CHAIR", 5), ("DESK", 1), ("BED", 3)]).await;
    refused.assert_problem(409, "insufficient-stock");
    let short = |line: i32, sku: &str, requested: i32, available: i32| {
        let pointer = format!("/lines/{line}/quantity");
        json!({"pointer": pointer, "code": "insufficient-stock", "sku": sku, "requested": requested, "available": available})
    };
    refused.assert_contains(json!({
        "instance": "/v1/orders",
        "errors": [short(0, "LAMP", 2, 1), short(2, "DESK", 1, 0), short(3, "BED", 3, 2)],
    }));
    assert_nothing_held(&shop, &["LAMP", "CHAIR", "BED"]).await;
}

#[holdfast_test]
async fn a_refused_order_is_recorded_as_rejected(shop: TestShop) {
    let lamp = shop.product("lamp").stock(1).create().await;
    let alice = shop.customer("alice").await;
    alice.try_place([(&lamp, 2)]).await.assert_problem(409, "insufficient-stock");
    let rejected = shop.all("/v1/orders?status=rejected").await;
    assert_eq!(rejected.len(), 1);
    let order = shop.get(&format!("/v1/orders/{}", rejected[0]["id"].as_str().unwrap())).await;
    order.assert_ok().assert_contains(json!({"status": "rejected", "number": null, "customer_id": alice.id}));
    let cancel = format!("/v1/orders/{}/cancellation", order.text("id"));
    shop.post(&cancel, json!({"reason": "never mind"})).await.assert_refused(409);
    assert_nothing_held(&shop, &["LAMP"]).await;
}

#[holdfast_test]
async fn many_lines_are_all_or_nothing(shop: TestShop) {
    let skus: Vec<String> = (0..20).map(|n| format!("LAMP-{n}")).collect();
    for sku in &skus {
        shop.product(&sku.to_lowercase()).stock(5).create().await;
    }
    let alice = shop.customer("alice").await;
    for short in [0, 10, 19] {
        let lines = skus.iter().zip(0..).map(|(sku, n)| (sku, if n == short { 6 } else { 5 }));
        let refused = alice.try_place(lines).await;
        let line = json!({"pointer": format!("/lines/{short}/quantity"), "requested": 6, "available": 5});
        refused.assert_problem(409, "insufficient-stock").assert_contains(json!({"errors": [line]}));
        for sku in &skus {
            assert_eq!(shop.stock(sku).await, Stock { on_hand: 5, reserved: 0, available: 5 });
        }
    }
}

#[holdfast_test]
async fn who_does_not_exist_cannot_order(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let with = |field: &str, value: Value| {
        let mut order = alice.new_order([(&lamp, 1)]);
        order[field] = value;
        shop.post("/v1/orders", order)
    };
    let nobody = with("customer_id", json!("cus_01k9qz3v8yfg2r5m4n3c680thw")).await;
    nobody.assert_problem(409, "unknown-customer");
    let nowhere = with("shipping_address_id", json!("adr_01k9qz3v8yfg2r5m4n3c680thw")).await;
    nowhere.assert_problem(409, "unknown-address");
    with("shipping_address_id", json!(bob.address_id)).await.assert_problem(409, "unknown-address");
    assert_nothing_held(&shop, &["LAMP"]).await;
}

#[holdfast_test]
async fn an_address_that_was_taken_away_is_unknown(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    shop.delete(&format!("/v1/customers/{}/addresses/{}", alice.id, alice.address_id))
        .await
        .assert_status(204);
    alice.try_place([(&lamp, 1)]).await.assert_problem(409, "unknown-address");
    assert_nothing_held(&shop, &["LAMP"]).await;
}

#[holdfast_test]
async fn what_is_not_in_the_catalog_cannot_be_ordered(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    shop.adjust("GHOST", 3).await;
    let refused = shop.customer("alice").await.try_place([(lamp.sku.as_str(), 1), ("GHOST", 1)]).await;
    refused.assert_problem(409, "unknown-sku");
    assert!(refused.errors().iter().any(|error| error["sku"] == "GHOST"), "{}", refused.exchange());
    assert_nothing_held(&shop, &["LAMP", "GHOST"]).await;
}

#[holdfast_test]
async fn what_is_not_for_sale_cannot_be_ordered(shop: TestShop) {
    let alice = shop.customer("alice").await;
    shop.product("lamp").stock(3).create().await;
    for status in ["draft", "archived"] {
        let product = shop.product(status).status(status).stock(3).create().await;
        let refused = alice.try_place([("LAMP", 1), (product.sku.as_str(), 1)]).await;
        refused.assert_problem(409, "sku-not-purchasable");
        assert_nothing_held(&shop, &["LAMP", &product.sku]).await;
    }
}

#[holdfast_test]
async fn what_has_no_price_in_the_currency_cannot_be_ordered(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").stock(3).create().await;
    let mut order = shop.customer("alice").await.new_order([(&lamp, 1)]);
    order["currency"] = json!("USD");
    shop.post("/v1/orders", order).await.assert_problem(409, "price-missing");
    assert_nothing_held(&shop, &["LAMP"]).await;
}

#[holdfast_test]
async fn what_was_never_received_is_out_of_stock(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    let refused = shop.customer("alice").await.try_place([(&lamp, 1)]).await;
    refused.assert_problem(409, "insufficient-stock").assert_contains(
        json!({"errors": [{"pointer": "/lines/0/quantity", "sku": "LAMP", "requested": 1, "available": 0}]}),
    );
    assert_nothing_held(&shop, &[]).await;
}

#[holdfast_test]
async fn a_total_beyond_64_bits_is_a_fault_of_the_request(shop: TestShop) {
    let dear = json!([{"amount": i64::MAX, "currency": "EUR"}]);
    let lamp = shop.product("lamp").stock(1_000_000).create().await;
    let priced = shop.put("/v1/variants/LAMP/prices", json!({"prices": dear})).await;
    assert!(matches!(priced.status, 200 | 422), "{}", priced.exchange());
    let alice = shop.customer("alice").await;
    for quantity in [2, 1_000_000, i64::MAX] {
        let reply = alice.try_place([(&lamp, quantity)]).await;
        let fair = reply.status == 422 || priced.status == 422 && matches!(reply.status, 201 | 409);
        assert!(fair, "{}", reply.exchange());
    }
    let added_up = alice.try_place([(&lamp, i64::MAX), (&lamp, i64::MAX)]).await;
    added_up.assert_problem(422, "validation");
}

#[holdfast_test]
async fn payments_that_are_none(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let someone = "pm_01k9qz3v8yfg2r5m4n3c680thw";
    for payment in [
        json!({"method": "barter"}),
        json!({}),
        json!({"method": "card"}),
        json!({"method": "card", "token": ""}),
        json!({"method": "card", "token": "tok visa"}),
        json!({"method": "card", "token": "tok_visa", "payment_method_id": someone}),
        json!({"method": "card", "token": "tok_visa", "return_url": "javascript:alert(1)"}),
        json!({"method": "invoice", "token": "tok_visa"}),
        json!({"method": "manual", "return_url": "https://shop.example"}),
    ] {
        let mut order = alice.new_order([(&lamp, 1)]);
        order["payment"] = payment;
        shop.post("/v1/orders", order).await.assert_problem(422, "validation");
    }
    for number in ["4242-4242-4242-4242", "4242 4242 4242 4242", "4242424242424242"] {
        let numbered = alice.new_card_order([(&lamp, 1)], json!({ "token": number }));
        shop.post("/v1/orders", numbered).await.assert_problem(422, "card-number-refused");
    }
    assert_nothing_held(&shop, &["LAMP"]).await;
}

#[holdfast_test]
async fn a_shop_without_a_gateway_takes_no_cards(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let refused = alice.try_pay([(&lamp, 1)], "tok_visa").await;
    refused.assert_problem(409, "payment-method-unavailable");
    assert_nothing_held(&shop, &["LAMP"]).await;
}
