//! Orders that are accepted while the customer module is away, and what becomes of them once it is back.

use serde_json::{Value, json};
use testkit::gateway::EntryKind;
use testkit::{LenientShop, Reply, Stock, TestCustomer, TestProduct, TestShop, fresh_key, holdfast_test};

const LISTED: &str = "/v1/orders?status=needs_review";

async fn stage(shop: &TestShop) -> (TestProduct, TestCustomer) {
    let lamp = shop.product("lamp").price(1_000, "EUR").stock(9).create().await;
    let alice = shop.customer("alice").await;
    shop.settle().await;
    (lamp, alice)
}

fn path_of(order: &Reply) -> String {
    format!("/v1/orders/{}", order.text("id"))
}

async fn decide(shop: &TestShop, order: &Reply, decision: &str) -> Reply {
    shop.post(&format!("{}/review", path_of(order)), json!({"decision": decision})).await
}

async fn events(shop: &TestShop, order: &Reply) -> Vec<String> {
    let path = format!("/v1/admin/events?module=order&aggregate_id={}", order.text("id"));
    let events = shop.all(&path).await;
    events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[holdfast_test]
async fn without_leave_an_order_is_refused_while_the_customer_module_is_away(shop: TestShop) {
    let (lamp, alice) = stage(&shop).await;
    shop.faults().leave("customer");
    for _ in 0..3 {
        let refused = alice.try_place([(&lamp, 1)]).once().await;
        refused.assert_refused(503);
    }
    shop.faults().come_back("customer");
    assert_eq!(shop.all("/v1/orders").await, Vec::<Value>::new());
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 9, reserved: 0, available: 9 });
}

#[holdfast_test]
async fn an_order_is_accepted_on_the_word_of_a_copy_and_placed_on_the_owners(shop: LenientShop) {
    let (lamp, alice) = stage(&shop).await;
    shop.faults().leave("customer");
    let key = fresh_key();
    let ask = || alice.try_place([(&lamp, 2)]).key(&key);
    let accepted = ask().await;
    accepted.assert_status(202).assert_contains(json!({
        "status": "needs_review", "number": null, "placed_at": null,
        "review": {"finding": null, "freshness": {"source": "customer", "source_version": 2}},
    }));
    assert_eq!(accepted.header("location"), Some(path_of(&accepted).as_str()));
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 9, reserved: 2, available: 7 });
    let listed = shop.all(LISTED).await;
    assert_eq!(listed.iter().map(|order| &order["id"]).collect::<Vec<_>>(), [&accepted["id"]]);
    // Its stock is not let go, however long that takes.
    shop.clock().advance(std::time::Duration::from_secs(3_600));
    shop.settle().await;
    assert_eq!(events(&shop, &accepted).await, ["order.needs_review"]);

    shop.faults().come_back("customer");
    shop.settle().await;
    let placed = shop.get(&path_of(&accepted)).await;
    placed.assert_ok().assert_contains(json!({"status": "placed", "number": "1000001"}));
    assert!(placed.body.get("review").is_none(), "{}", placed.exchange());
    assert_eq!(events(&shop, &accepted).await, ["order.needs_review", "order.created"]);
    assert_eq!(shop.all(LISTED).await, Vec::<Value>::new());
    let again = ask().await;
    assert!(again.is_replayed(), "{}", again.exchange());
    assert_eq!(again.assert_status(202).body, accepted.body);
    decide(&shop, &accepted, "reject").await.assert_problem(409, "order-not-in-review");
}

#[holdfast_test]
async fn what_is_not_copied_is_not_accepted(shop: LenientShop) {
    let (lamp, alice) = stage(&shop).await;
    shop.faults().leave("customer");
    let bob = shop.customer("bob").await;
    shop.settle().await;
    bob.try_place([(&lamp, 1)]).once().await.assert_refused(503);
    let mut elsewhere = alice.clone();
    elsewhere.address_id = bob.address_id.clone();
    elsewhere.try_place([(&lamp, 1)]).once().await.assert_refused(503);
    let by_kept_card =
        alice.new_card_order([(&lamp, 1)], json!({"payment_method_id": "pm_00000000000000000000000001"}));
    shop.post("/v1/orders", by_kept_card).once().await.assert_refused(503);
    assert_eq!(shop.stock(&lamp).await.reserved, 0);
    shop.faults().come_back("customer");
    bob.place([(&lamp, 1)]).await;
}

/// Orders by a card while the customer module is away, after which `change` is made to the address.
async fn changed(shop: &LenientShop, change: impl AsyncFn(&str)) -> (TestProduct, Reply) {
    let (lamp, alice) = stage(shop).await;
    shop.faults().leave("customer");
    let accepted = alice.try_pay([(&lamp, 2)], "tok_visa").await;
    accepted.assert_status(202).assert_contains(json!({"status": "needs_review"}));
    assert_eq!(accepted["payment"]["status"], "authorised");
    change(&format!("/v1/customers/{}/addresses/{}", alice.id, alice.address_id)).await;
    shop.faults().come_back("customer");
    shop.settle().await;
    (lamp, accepted)
}

#[holdfast_test]
async fn an_address_that_has_changed_is_decided_on_by_a_person(shop: LenientShop) {
    let move_away = async |address: &str| {
        shop.patch(address, json!({"city": "Hamburg"})).await.assert_ok();
    };
    let (lamp, accepted) = changed(&shop, move_away).await;
    let order = shop.get(&path_of(&accepted)).await;
    order.assert_ok().assert_contains(json!({
        "status": "needs_review", "review": {"finding": "address-changed"}, "shipping_address": {"city": "Berlin"},
    }));
    assert!(order.number("version") > accepted.number("version"));
    shop.post(&format!("{}/cancellation", path_of(&accepted)), json!({"reason": "x"}))
        .await
        .assert_problem(409, "order-not-placed");
    let placed = decide(&shop, &accepted, "accept").await;
    placed.assert_ok().assert_contains(json!({"status": "placed", "number": "1000001"}));
    assert_eq!(placed["shipping_address"]["city"], "Berlin");
    shop.settle().await;
    assert_eq!(events(&shop, &accepted).await, ["order.needs_review", "order.created"]);
    assert_eq!(shop.ledger(), [(EntryKind::Authorised, 2_000)]);
    assert_eq!(shop.stock(&lamp).await.reserved, 2);
}

#[holdfast_test]
async fn an_order_that_a_person_rejects_leaves_nothing_behind(shop: LenientShop) {
    let remove = async |address: &str| {
        shop.delete(address).await.assert_status(204);
    };
    let (lamp, accepted) = changed(&shop, remove).await;
    let order = shop.get(&path_of(&accepted)).await;
    order.assert_ok().assert_contains(json!({"review": {"finding": "unknown-address"}}));
    decide(&shop, &accepted, "postpone").await.assert_problem(422, "validation");
    let rejected = decide(&shop, &accepted, "reject").await;
    rejected.assert_ok().assert_contains(json!({"status": "rejected", "reason": "review-rejected"}));
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 9, reserved: 0, available: 9 });
    assert_eq!(shop.ledger(), [(EntryKind::Authorised, 2_000), (EntryKind::Voided, 2_000)]);
    assert_eq!(events(&shop, &accepted).await, ["order.needs_review", "order.rejected"]);
    decide(&shop, &accepted, "accept").await.assert_problem(409, "order-not-in-review");
}

#[holdfast_test]
async fn a_payment_that_is_open_delays_the_review(shop: LenientShop) {
    let (lamp, alice) = stage(&shop).await;
    shop.faults().leave("customer");
    let accepted = alice.try_pay([(&lamp, 1)], "tok_action").await;
    accepted.assert_status(202).assert_contains(json!({
        "status": "pending", "review": {"freshness": {"source": "customer"}},
    }));
    shop.authenticate(accepted["payment"]["redirect_url"].as_str().unwrap(), "success").await;
    shop.deliver_webhooks().await;
    shop.settle().await;
    assert_eq!(shop.get(&path_of(&accepted)).await["status"], "needs_review");
    shop.faults().come_back("customer");
    shop.settle().await;
    assert_eq!(shop.get(&path_of(&accepted)).await["status"], "placed");
}
