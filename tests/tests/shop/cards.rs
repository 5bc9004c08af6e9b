//! Orders that a card pays, at a gateway that misbehaves on command.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::gateway::{EntryKind, Fault, Operation};
use testkit::{CardShop, Reply, Stock, TestCustomer, TestOrder, TestProduct, fresh_key, holdfast_test};

const PRICE: i64 = 1_000;
const CHARGED: [(EntryKind, i64); 1] = [(EntryKind::Authorised, 2 * PRICE)];
const DECLINED: [(EntryKind, i64); 1] = [(EntryKind::Declined, 2 * PRICE)];
const PAST_THE_HOLD: Duration = Duration::from_secs(16 * 60);

async fn stage(shop: &CardShop) -> (TestProduct, TestCustomer) {
    (shop.product("lamp").price(PRICE, "EUR").stock(5).create().await, shop.customer("alice").await)
}

async fn the_order(shop: &CardShop, reply: &Reply) -> Value {
    shop.get(&format!("/v1/orders/{}", reply.text("id"))).await.assert_ok().body.clone()
}

async fn payment_of(shop: &CardShop, order: &Value) -> Value {
    let id = order["payment"]["id"].as_str().expect("the order names its payment");
    shop.get(&format!("/v1/payments/{id}")).await.assert_ok().body.clone()
}

async fn assert_nothing_left(shop: &CardShop, lamp: &TestProduct) {
    assert_eq!(shop.stock(lamp).await, Stock { on_hand: 5, reserved: 0, available: 5 });
}

#[holdfast_test]
async fn an_order_is_placed_once_its_card_is_authorised(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let placed = alice.try_pay([(&lamp, 2)], "tok_visa").await;
    placed.assert_status(201).assert_contains(json!({"status": "placed"}));
    assert_eq!(placed["payment"]["status"], "authorised");
    assert_eq!(shop.ledger(), CHARGED);
    let payment = payment_of(&shop, &placed.body).await;
    assert_eq!((&payment["status"], &payment["order_id"]), (&json!("authorised"), &placed["id"]));
    assert_eq!(payment["authorised"], placed["total"]);
    shop.settle().await;
    assert_eq!(the_order(&shop, &placed).await["payment"]["freshness"]["source"], "payment");
}

#[holdfast_test]
async fn a_declined_card_leaves_nothing(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let key = fresh_key();
    let declined = alice.try_pay([(&lamp, 2)], "tok_decline_expired_card").key(&key).await;
    declined.assert_problem(409, "payment-declined");
    assert_eq!(declined["errors"][0]["reason"], "expired_card");
    assert_nothing_left(&shop, &lamp).await;
    let again = alice.try_pay([(&lamp, 2)], "tok_decline_expired_card").key(&key).await;
    assert!(again.is_replayed() && again.bytes == declined.bytes, "{}", again.exchange());
    let [rejected] = shop.all("/v1/orders?status=rejected").await.try_into().unwrap();
    assert_eq!(
        (&rejected["reason"], &rejected["payment"]["status"]),
        (&json!("payment-declined"), &json!("declined"))
    );
    assert_eq!(shop.ledger(), DECLINED);
}

#[holdfast_test]
async fn a_customer_pays_with_a_card_of_their_own(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let bob = shop.customer("bob").await;
    let card = json!({"provider": "http", "token": "tok_visa", "brand": "visa", "last4": "4242",
        "exp_month": 12, "exp_year": 2030});
    let kept = shop.post(&format!("/v1/customers/{}/payment-methods", alice.id), card).await;
    let card = json!({"payment_method_id": kept.assert_status(201).text("id")});
    let stolen = shop.post("/v1/orders", bob.new_card_order([(&lamp, 2)], card.clone())).await;
    stolen.assert_problem(409, "unknown-payment-method").assert_names("/payment/payment_method_id");
    shop.post("/v1/orders", alice.new_card_order([(&lamp, 2)], card)).await.assert_status(201);
    assert_eq!(shop.ledger(), CHARGED);
}

/// An order that waits for the customer, who is at the bank.
async fn at_the_bank(alice: &TestCustomer, lamp: &TestProduct, key: &str) -> Reply {
    let accepted = alice.try_pay([(lamp, 2)], "tok_action").key(key).await;
    accepted.assert_status(202).assert_contains(json!({"status": "pending", "number": null}));
    assert_eq!(accepted["payment"]["status"], "requires_action");
    accepted
}

#[holdfast_test]
async fn a_customer_authenticates_and_the_order_is_placed(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let key = fresh_key();
    let accepted = at_the_bank(&alice, &lamp, &key).await;
    shop.settle().await;
    assert_eq!(the_order(&shop, &accepted).await, accepted.body, "nothing has happened yet");
    let again = alice.try_pay([(&lamp, 2)], "tok_action").key(&key).await;
    assert!(again.is_replayed() && again.bytes == accepted.bytes, "{}", again.exchange());
    shop.authenticate(accepted["payment"]["redirect_url"].as_str().unwrap(), "success").await;
    shop.deliver_webhooks().await;
    shop.settle().await;
    let placed = the_order(&shop, &accepted).await;
    assert_eq!((&placed["status"], &placed["payment"]["status"]), (&json!("placed"), &json!("authorised")));
    assert!(placed["payment"].get("redirect_url").is_none() && placed["number"].is_string(), "{placed}");
    let again = alice.try_pay([(&lamp, 2)], "tok_action").key(&key).await;
    assert_eq!((again.status, &again.bytes), (202, &accepted.bytes), "the same reply, whatever came of it");
    assert_eq!(shop.ledger(), CHARGED);
}

#[holdfast_test]
async fn a_customer_fails_to_authenticate(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let accepted = at_the_bank(&alice, &lamp, &fresh_key()).await;
    shop.authenticate(accepted["payment"]["redirect_url"].as_str().unwrap(), "failure").await;
    shop.deliver_webhooks().await;
    shop.settle().await;
    let rejected = the_order(&shop, &accepted).await;
    assert_eq!((&rejected["status"], &rejected["reason"]), (&json!("rejected"), &json!("payment-declined")));
    assert_nothing_left(&shop, &lamp).await;
    assert_eq!(shop.ledger(), DECLINED);
}

#[holdfast_test]
async fn a_customer_who_stays_away_is_not_waited_for(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let accepted = at_the_bank(&alice, &lamp, &fresh_key()).await;
    shop.clock().advance(PAST_THE_HOLD);
    shop.settle().await;
    assert_eq!(the_order(&shop, &accepted).await["status"], "rejected");
    assert_nothing_left(&shop, &lamp).await;
    shop.authenticate(accepted["payment"]["redirect_url"].as_str().unwrap(), "success").await;
    shop.deliver_webhooks().await;
    shop.settle().await;
    assert!(!shop.ledger().iter().any(|(kind, _)| *kind == EntryKind::Authorised), "{:?}", shop.ledger());
}

#[holdfast_test]
async fn an_answer_that_is_lost_is_looked_up(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    for (n, fault) in
        [Fault::DropBefore, Fault::DropAfter, Fault::FailBefore, Fault::FailAfter].into_iter().enumerate()
    {
        shop.spoil(Operation::Authorise, fault.clone());
        let accepted = alice.try_pay([(&lamp, 1)], "tok_visa").await;
        accepted.assert_status(202).assert_contains(json!({"status": "pending"}));
        shop.settle().await;
        assert_eq!(the_order(&shop, &accepted).await["status"], "placed", "{fault:?}");
        assert_eq!(shop.ledger().len(), n + 1, "{fault:?}");
    }
}

#[holdfast_test]
async fn a_client_a_webhook_and_recovery_finish_one_order_once(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let key = fresh_key();
    let accepted = at_the_bank(&alice, &lamp, &key).await;
    shop.authenticate(accepted["payment"]["redirect_url"].as_str().unwrap(), "success").await;
    let retry = async { alice.try_pay([(&lamp, 2)], "tok_action").key(&key).await };
    let (retried, (), (), (), ()) =
        tokio::join!(retry, shop.deliver_webhooks(), shop.deliver_webhooks(), shop.settle(), shop.settle());
    assert!(retried.is_replayed(), "{}", retried.exchange());
    shop.settle().await;
    assert_eq!(shop.all("/v1/orders?status=placed").await.len(), 1);
    assert_eq!(shop.all("/v1/orders").await.len(), 1);
    assert_eq!(shop.ledger(), CHARGED);
}

#[holdfast_test]
async fn a_cancelled_order_gives_its_money_back(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    for captured in [false, true] {
        let placed = alice.try_pay([(&lamp, 2)], "tok_visa").await;
        let order = TestOrder::of(placed.assert_status(201));
        if captured {
            let path = format!("/v1/payments/{}/captures", placed["payment"]["id"].as_str().unwrap());
            shop.post(&path, json!({})).key(&fresh_key()).await.assert_ok();
        }
        let before = shop.ledger().len();
        alice.cancel(&order).await.assert_ok();
        let back = if captured { EntryKind::Refunded } else { EntryKind::Voided };
        assert_eq!(shop.ledger()[before..], [(back, 2 * PRICE)], "with the reply");
        shop.settle().await;
        let status = if captured { "refunded" } else { "voided" };
        assert_eq!(the_order(&shop, &placed).await["payment"]["status"], status);
        assert_eq!(payment_of(&shop, &placed.body).await["status"], status);
        assert_eq!(shop.ledger().len(), before + 1, "once");
    }
    assert_nothing_left(&shop, &lamp).await;
}

#[holdfast_test]
async fn an_invoice_has_a_payment_from_the_beginning(shop: CardShop) {
    let (lamp, alice) = stage(&shop).await;
    let order = alice.place([(&lamp, 2)]).await;
    assert_eq!(order.body["payment"]["status"], "pending");
    let path = format!("/v1/payments/{}/captures", order.body["payment"]["id"].as_str().unwrap());
    let captured = shop.post(&path, json!({})).key(&fresh_key()).await;
    captured.assert_ok().assert_contains(json!({"status": "captured", "method": "invoice"}));
    shop.settle().await;
    let shown = shop.get(&format!("/v1/orders/{}", order.id)).await;
    assert_eq!(shown["payment"]["status"], "captured");
    assert!(shown.number("version") > order.body["version"].as_i64().unwrap(), "another ETag");
    alice.cancel(&order).await.assert_ok();
    shop.settle().await;
    assert_eq!(payment_of(&shop, &order.body).await["status"], "refunded");
    assert_eq!(shop.ledger(), [], "nobody outside was asked");
}
