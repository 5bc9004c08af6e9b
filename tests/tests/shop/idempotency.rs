use serde_json::json;
use testkit::{Reply, TestShop, fresh_key, holdfast_test};

/// The same outcome again: not a byte of it differs.
#[track_caller]
fn assert_replays(first: &Reply, again: &Reply) {
    assert!(!first.is_replayed(), "{}", first.exchange());
    assert!(again.is_replayed(), "{}", again.exchange());
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes), "{}", again.exchange());
    for header in ["content-type", "location", "etag"] {
        assert_eq!(again.header(header), first.header(header), "{header} differs");
    }
}

#[holdfast_test]
async fn the_same_request_has_the_same_outcome(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let request = alice.try_place([(&lamp, 2)]).key("order-of-alice-0001");
    let first = request.clone().await;
    first.assert_status(201);
    for _ in 0..3 {
        assert_replays(&first, &request.clone().await);
    }
    // Not even after everything has changed.
    shop.put("/v1/variants/LAMP/prices", json!({"prices": []})).await.assert_ok();
    shop.post(&format!("/v1/orders/{}/cancellation", first.text("id")), json!({"reason": "x"}))
        .await
        .assert_ok();
    assert_replays(&first, &request.await);
    assert_eq!(shop.all("/v1/orders").await.len(), 1);
}

#[holdfast_test]
async fn a_refusal_is_an_outcome(shop: TestShop) {
    let lamp = shop.product("lamp").stock(1).create().await;
    let alice = shop.customer("alice").await;
    let request = alice.try_place([(&lamp, 2)]).key("order-of-alice-0001");
    let first = request.clone().await;
    first.assert_problem(409, "insufficient-stock");
    shop.adjust(&lamp, 9).await;
    assert_replays(&first, &request.await);
    alice.place([(&lamp, 2)]).await;
}

#[holdfast_test]
async fn a_refused_quote_is_an_outcome(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let request = alice.try_place([("LAMP", 2)]).key("order-of-alice-0001");
    let first = request.clone().await;
    first.assert_problem(409, "unknown-sku");
    shop.product("lamp").stock(9).create().await;
    let again = request.await;
    // "Where it got as far as being recorded": before that, the question may be asked anew.
    match again.status {
        409 => assert_replays(&first, &again),
        _ => assert_eq!(again.assert_status(201)["status"], "placed"),
    }
}

#[holdfast_test]
async fn a_refused_adjustment_is_an_outcome(shop: TestShop) {
    shop.product("lamp").stock(1).create().await;
    let take =
        shop.post("/v1/stock/LAMP/adjustments", json!({"delta": -2, "reason": "lost", "location": "main"}));
    let take = take.key("adjustment-0001-0001");
    let first = take.clone().await;
    first.assert_problem(409, "stock-reserved");
    shop.adjust("LAMP", 9).await;
    assert_replays(&first, &take.await);
    assert_eq!(shop.available("LAMP").await, 10);
}

#[holdfast_test]
async fn a_key_stands_for_one_request(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let key = fresh_key();
    let order = alice.place([(&lamp, 1)]).await;
    let other = alice.place([(&lamp, 1)]).await;
    alice.try_place([(&lamp, 2)]).key(&key).await.assert_status(201);
    alice.try_place([(&lamp, 3)]).key(&key).await.assert_problem(422, "idempotency-key-reused");
    alice.cancel(&order).key(&key).await.assert_ok();
    // The same route and body, but another order.
    alice.cancel(&other).key(&key).await.assert_problem(422, "idempotency-key-reused");
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await.reserved, 3);
}

#[holdfast_test]
async fn a_key_belongs_to_one_route(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let (alice, key) = (shop.customer("alice").await, fresh_key());
    alice.try_place([(&lamp, 1)]).key(&key).await.assert_status(201);
    let adjustment = json!({"delta": 1, "reason": "found", "location": "main"});
    shop.post("/v1/stock/LAMP/adjustments", adjustment).key(&key).await.assert_status(201);
}

#[holdfast_test]
async fn a_key_is_required_where_goods_or_money_move(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let adjustment = json!({"delta": 1, "reason": "found", "location": "main"});
    let requests = [
        alice.try_place([(&lamp, 1)]),
        alice.cancel(&order),
        shop.post("/v1/stock/LAMP/adjustments", adjustment),
    ];
    for request in requests {
        let missing = request.clone().without("idempotency-key").await;
        missing.assert_problem(400, "idempotency-key-missing");
        for key in ["fifteen-letters", "", "with a space inside", "sixteen-lettersé", &"x".repeat(256)] {
            let malformed = request.clone().key(key).await;
            assert_eq!(malformed.assert_refused(400).status, 400, "{key:?}");
        }
        request.clone().key(&fresh_key()[..16]).await;
    }
    assert_eq!(shop.stock(&lamp).await.on_hand, 10);
}

#[holdfast_test]
async fn what_never_began_can_be_tried_again(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let request = alice.try_place([(&lamp, 1)]).key("order-of-alice-0001");
    request.clone().raw("{").await.assert_problem(400, "malformed-json");
    request.clone().anonymous().await.assert_problem(401, "unauthorized");
    request.clone().json(json!({})).await.assert_problem(422, "validation");
    request.clone().header("content-type", "text/plain").await.assert_problem(415, "unsupported-media-type");
    let placed = request.await;
    assert!(!placed.assert_status(201).is_replayed());
}

#[holdfast_test]
async fn every_post_takes_a_key(shop: TestShop) {
    let alice = shop.customer("alice").await;
    shop.product("lamp").create().await;
    let lamp = shop.get("/v1/products/lamp").await;
    let product = json!({"title": "Chair", "variants": [
        {"sku": "CHAIR", "title": "One", "options": {}, "prices": []}]});
    let variant = json!({"sku": "LAMP-2", "title": "Two", "options": {}, "prices": []});
    let address =
        json!({"name": "A", "line1": "1", "city": "Berlin", "postal_code": "10115", "country": "DE"});
    let card = json!({
        "provider": "stripe", "token": "tok_visa", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
    });
    let requests = [
        shop.post("/v1/products", product),
        shop.post(&format!("/v1/products/{}/variants", lamp.text("id")), variant),
        shop.post("/v1/customers", json!({"email": "bob@example.com", "name": "Bob"})),
        shop.post(&format!("/v1/customers/{}/addresses", alice.id), address),
        shop.post(&format!("/v1/customers/{}/payment-methods", alice.id), card),
    ];
    for request in requests {
        let request = request.key("the-same-key-0001");
        let first = request.clone().await;
        first.assert_status(201);
        assert_replays(&first, &request.await);
    }
}
