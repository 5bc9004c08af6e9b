//! Placing an order, when any step fails before, fails after it acted, or takes its caller with it; and what operators do
//! with an order that gets no further.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::gateway::EntryKind;
use testkit::{CardShop, Fault, Stock, TestCustomer, TestProduct, fresh_key, holdfast_test};

const STEPS: [&str; 2] = ["inventory.reserve", "payment.authorise"];
const UNDO: [&str; 2] = ["inventory.release", "payment.reverse"];
const PAST_THE_LEASE: Duration = Duration::from_secs(11);
const SAGAS: &str = "/v1/admin/sagas";

async fn stage(shop: &CardShop) -> (TestProduct, TestCustomer) {
    (shop.product("lamp").price(1_000, "EUR").stock(2).create().await, shop.customer("alice").await)
}

/// Tries to place an order under a fault, and has it finished by whoever takes it up.
async fn order_under(shop: &CardShop, step: &'static str, faults: &[Fault], token: &str) {
    let alice = shop.customer(&fresh_key()).await;
    shop.faults().befall(step, faults.iter().copied());
    let reply = alice.try_pay([("LAMP", 2)], token).once().await;
    assert!(matches!(reply.status, 201 | 202 | 409 | 500 | 503 | 504), "{}", reply.exchange());
    shop.clock().advance(PAST_THE_LEASE);
    shop.settle().await;
    shop.clock().advance(PAST_THE_LEASE);
    shop.settle().await;
    assert!(shop.faults().are_spent(), "{step} {faults:?}");
    assert_eq!(shop.all(SAGAS).await, Vec::<Value>::new(), "{step} {faults:?}");
}

/// Once, and again when it is recovered.
fn misfortunes() -> impl Iterator<Item = Vec<Fault>> {
    Fault::LOST.into_iter().flat_map(|first| {
        let again = Fault::LOST.into_iter().map(move |second| vec![first, second]);
        std::iter::once(vec![first]).chain(again)
    })
}

#[holdfast_test]
async fn whatever_befalls_a_step_the_order_is_placed_once(shop: CardShop) {
    stage(&shop).await;
    for step in STEPS {
        for faults in misfortunes() {
            let before = (shop.ledger().len(), shop.all("/v1/orders?status=placed").await.len());
            order_under(&shop, step, &faults, "tok_visa").await;
            let placed = shop.all("/v1/orders?status=placed").await;
            assert_eq!(placed.len(), before.1 + 1, "{step} {faults:?}");
            assert_eq!(shop.ledger()[before.0..], [(EntryKind::Authorised, 2_000)], "{step} {faults:?}");
            let path = "/v1/stock/LAMP/adjustments";
            shop.post(path, json!({"delta": 2, "reason": "received"})).await.assert_status(201);
        }
    }
}

#[holdfast_test]
async fn whatever_befalls_an_undo_nothing_is_left(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    for step in STEPS.into_iter().chain(UNDO) {
        for faults in misfortunes() {
            order_under(&shop, step, &faults[..1], "tok_decline").await;
            assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 2, reserved: 0, available: 2 }, "{step}");
        }
    }
    for step in UNDO {
        for fault in Fault::LOST {
            let placed = alice.try_pay([(&lamp, 2)], "tok_visa").await;
            shop.faults().befall(step, [fault]);
            let path = format!("/v1/orders/{}/cancellation", placed.assert_status(201).text("id"));
            let cancelled = shop.post(&path, json!({"reason": "test"})).once().await;
            assert!(matches!(cancelled.status, 200 | 500), "{}", cancelled.exchange());
            shop.settle().await;
            assert!(shop.faults().are_spent(), "{step} {fault:?}");
            assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 2, reserved: 0, available: 2 }, "{step}");
        }
    }
    let count = |kind| shop.ledger().iter().filter(|(entry, _)| *entry == kind).count();
    assert_eq!((count(EntryKind::Authorised), count(EntryKind::Voided)), (8, 8), "{:?}", shop.ledger());
    assert_eq!(shop.all("/v1/orders?status=placed").await, Vec::<Value>::new());
}

/// An order whose payment answers that it has a bug until it is stuck.
async fn stuck(shop: &CardShop, alice: &TestCustomer, lamp: &TestProduct) -> String {
    shop.faults().befall("payment.authorise", [Fault::Broken; 9]);
    let unknown = alice.try_pay([(lamp, 2)], "tok_visa").once().await;
    assert_eq!(unknown.status, 500, "{}", unknown.exchange());
    for _ in 0..8 {
        shop.settle().await;
    }
    let [saga] = shop.all("/v1/admin/sagas?state=stuck").await.try_into().unwrap();
    assert_eq!((&saga["name"], &saga["attempts"]), (&json!("order.place"), &json!(8)));
    assert!(saga["last_error"].as_str().is_some_and(|error| error.contains("bug")), "{saga}");
    assert!(shop.faults().are_spent());
    shop.settle().await;
    assert_eq!(shop.all(SAGAS).await.len(), 1, "nobody but an operator goes on with it");
    saga["id"].as_str().unwrap().to_owned()
}

#[holdfast_test]
async fn a_stuck_order_goes_on_when_an_operator_says_so(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let order = stuck(&shop, &alice, &lamp).await;
    shop.post(&format!("{SAGAS}/{order}/retry"), json!(null)).raw("").await.assert_status(204);
    shop.settle().await;
    assert_eq!(shop.get(&format!("/v1/orders/{order}")).await.assert_ok()["status"], "placed");
    assert_eq!(shop.ledger(), [(EntryKind::Authorised, 2_000)]);
}

#[holdfast_test]
async fn a_stuck_order_is_given_up_and_nothing_is_left(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let order = stuck(&shop, &alice, &lamp).await;
    let discard = format!("{SAGAS}/{order}/discard");
    shop.post(&discard, json!({"note": ""})).await.assert_problem(422, "validation");
    shop.post(&discard, json!({"note": "the bank is closed"})).await.assert_status(204);
    shop.settle().await;
    let rejected = shop.get(&format!("/v1/orders/{order}")).await;
    rejected.assert_ok().assert_contains(json!({"status": "rejected", "reason": "order-given-up"}));
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 2, reserved: 0, available: 2 });
    assert_eq!(shop.ledger(), []);
    shop.post(&discard, json!({"note": "again"})).await.assert_problem(404, "saga-not-found");
    shop.post(&format!("{SAGAS}/nonsense/retry"), json!(null))
        .raw("")
        .await
        .assert_problem(404, "saga-not-found");
}

#[holdfast_test]
async fn an_order_that_waits_is_shown_as_a_saga(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let accepted = alice.try_pay([(&lamp, 2)], "tok_action").await;
    let [saga] = shop.all("/v1/admin/sagas?state=waiting").await.try_into().unwrap();
    assert_eq!(saga["id"], accepted.assert_status(202)["id"]);
    assert_eq!(shop.all("/v1/admin/sagas?state=stuck").await, Vec::<Value>::new());
    shop.post(&format!("{SAGAS}/{}/discard", accepted.text("id")), json!({"note": "test"}))
        .await
        .assert_status(204);
    shop.settle().await;
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 2, reserved: 0, available: 2 });
}
