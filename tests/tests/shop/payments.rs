use serde_json::json;
use testkit::{TestShop, fresh_key, holdfast_test};

const NOBODYS: &str = "/v1/payments/pay_01k9qz3v8yfg2r5m4n3c680thw";
const MOVES: [&str; 3] = ["captures", "refunds", "void"];

#[holdfast_test]
async fn a_payment_that_does_not_exist(shop: TestShop) {
    shop.get(NOBODYS).await.assert_problem(404, "payment-not-found");
    shop.get("/v1/payments/ord_01k9qz3v8yfg2r5m4n3c680thw").await.assert_problem(400, "malformed-path");
    for row in MOVES {
        let asked = shop.post(&format!("{NOBODYS}/{row}"), json!({})).key(&fresh_key());
        asked.await.assert_problem(404, "payment-not-found");
    }
}

#[holdfast_test]
async fn what_moves_money_needs_a_key(shop: TestShop) {
    for row in MOVES {
        let asked = shop.post(&format!("{NOBODYS}/{row}"), json!({})).without("idempotency-key");
        asked.await.assert_problem(400, "idempotency-key-missing");
    }
}

#[holdfast_test]
async fn a_card_number_is_refused_wherever_it_is(shop: TestShop) {
    for row in MOVES {
        for body in [
            json!({"amount": {"amount": 4_111_111_111_111_111_u64, "currency": "EUR"}}),
            json!({"card": "4111 1111 1111 1111"}),
            json!({"4111-1111-1111-1111": null}),
        ] {
            let refused = shop.post(&format!("{NOBODYS}/{row}"), body).key(&fresh_key()).await;
            refused.assert_problem(422, "card-number-refused");
            assert!(!String::from_utf8_lossy(&refused.bytes).contains("1111"), "{}", refused.exchange());
        }
    }
}

#[holdfast_test]
async fn what_breaks_the_schema(shop: TestShop) {
    let money = |amount, currency: &str| json!({"amount": {"amount": amount, "currency": currency}});
    for row in ["captures", "refunds"] {
        for (body, place) in [
            (money(0, "EUR"), "/amount"),
            (money(-1, "EUR"), "/amount"),
            (money(1, "eur"), "/amount/currency"),
            (json!({"amount": 1}), "/amount"),
        ] {
            let refused = shop.post(&format!("{NOBODYS}/{row}"), body).key(&fresh_key()).await;
            refused.assert_problem(422, "validation").assert_names(place);
        }
    }
    for row in MOVES {
        let surprised = shop.post(&format!("{NOBODYS}/{row}"), json!({"surprise": 1})).key(&fresh_key());
        surprised.await.assert_problem(422, "validation");
        shop.post(&format!("{NOBODYS}/{row}"), json!(null))
            .raw("{")
            .await
            .assert_problem(400, "malformed-json");
    }
}

#[holdfast_test]
async fn a_shop_without_a_gateway_hears_no_events(shop: TestShop) {
    for provider in ["http", "invoice", "nobody"] {
        let heard = shop.post(&format!("/v1/payments/webhooks/{provider}"), json!({})).anonymous().await;
        heard.assert_problem(404, "webhook-unknown");
    }
}
