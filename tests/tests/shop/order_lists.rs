use serde_json::json;
use testkit::{TestShop, holdfast_test};

async fn ids(shop: &TestShop, query: &str) -> Vec<String> {
    let orders = shop.all(&format!("/v1/orders{query}")).await;
    orders.iter().map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

#[holdfast_test]
async fn orders_are_found_by_who_and_how(shop: TestShop) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let first = alice.place([(&lamp, 1)]).await;
    let second = bob.place([(&lamp, 1)]).await;
    let third = alice.place([(&lamp, 1)]).await;
    alice.cancel(&first).await.assert_ok();
    alice.try_place([(&lamp, 99)]).await.assert_problem(409, "insufficient-stock");

    let of = |customer: &str| format!("?customer_id={customer}");
    assert_eq!(ids(&shop, &of(&bob.id)).await, [second.id.as_str()]);
    assert_eq!(ids(&shop, "?status=placed").await, [third.id.as_str(), &second.id]);
    assert_eq!(ids(&shop, "?status=cancelled").await, [first.id.as_str()]);
    assert_eq!(ids(&shop, "?status=pending").await, [""; 0]);
    assert_eq!(ids(&shop, &format!("{}&status=placed", of(&alice.id))).await, [third.id.as_str()]);
    assert_eq!(ids(&shop, &of("cus_01k9qz3v8yfg2r5m4n3c680thw")).await, [""; 0]);
    assert_eq!(ids(&shop, "?status=rejected").await.len(), 1);
    assert_eq!(ids(&shop, "").await.len(), 4);
}

#[holdfast_test]
async fn a_listed_order_is_the_order(shop: TestShop) {
    let (lamp, chair) =
        (shop.product("lamp").stock(9).create().await, shop.product("chair").stock(9).create().await);
    let alice = shop.customer("alice").await;
    let orders = [alice.place([(&lamp, 1), (&chair, 2)]).await, alice.place([(&chair, 3)]).await];
    shop.settle().await;
    let listed = shop.all("/v1/orders").await;
    assert_eq!(listed, [orders[1].body.clone(), orders[0].body.clone()]);
}

#[holdfast_test]
async fn filters_that_make_no_sense_are_refused(shop: TestShop) {
    for query in
        ["status=lost", "customer_id=alice", "customer_id=ord_01k9qz3v8yfg2r5m4n3c680thw", "customer=x"]
    {
        shop.get(&format!("/v1/orders?{query}")).await.assert_problem(422, "validation");
    }
}

#[holdfast_test]
async fn what_was_never_ordered_is_not_found(shop: TestShop) {
    shop.get("/v1/orders/ord_01k9qz3v8yfg2r5m4n3c680thw").await.assert_refused(404);
    shop.get("/v1/orders/999999999").await.assert_refused(404);
    let cancellation = "/v1/orders/ord_01k9qz3v8yfg2r5m4n3c680thw/cancellation";
    shop.post(cancellation, json!({"reason": "no"})).await.assert_refused(404);
}
