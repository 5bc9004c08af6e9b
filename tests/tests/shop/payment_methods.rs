use serde_json::{Value, json};
use testkit::{TestCustomer, TestShop, holdfast_test};

fn card() -> Value {
    json!({
        "provider": "stripe", "token": "pm_1Nv0FGQ9RKHgCVdK", "brand": "visa", "last4": "4242", "exp_month": 12,
        "exp_year": 2030,
    })
}

fn methods_of(customer: &TestCustomer) -> String {
    format!("/v1/customers/{}/payment-methods", customer.id)
}

#[holdfast_test]
async fn a_payment_method_is_kept_as_asked(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let kept = shop.post(&methods_of(&alice), card()).await;
    let mut shown = card();
    // Whoever has the token can charge the card: it may be kept back.
    shown.as_object_mut().unwrap().remove("token");
    kept.assert_status(201).assert_id("/id", "pm").assert_contains(shown);
    let listed = shop.get(&methods_of(&alice)).await;
    assert_eq!(listed.assert_ok()["data"], json!([kept.body]));
}

#[holdfast_test]
async fn a_payment_method_can_be_taken_away(shop: TestShop) {
    let (alice, bob) = (shop.customer("alice").await, shop.customer("bob").await);
    let kept = shop.post(&methods_of(&alice), card()).await;
    let id = kept.text("id");
    shop.delete(&format!("{}/{id}", methods_of(&bob))).await.assert_refused(404);
    let path = format!("{}/{id}", methods_of(&alice));
    assert_eq!(shop.delete(&path).await.assert_status(204).bytes, b"");
    shop.delete(&path).await.assert_refused(404);
    assert!(shop.all(&methods_of(&alice)).await.is_empty());
}

#[holdfast_test]
async fn a_card_number_is_refused_wherever_it_is(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let numbers = [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "378282246310005",
        "6011000990139424",
    ];
    for number in numbers {
        for field in ["provider", "token", "brand", "last4"] {
            for text in [number.to_owned(), format!("card {number}, mine")] {
                let mut method = card();
                method[field] = json!(text);
                let refused = shop.post(&methods_of(&alice), method).await;
                refused.assert_problem(422, "card-number-refused");
                let said = String::from_utf8_lossy(&refused.bytes);
                assert!(!said.contains(number), "the reply repeats it\n{}", refused.exchange());
            }
        }
    }
    assert!(shop.all(&methods_of(&alice)).await.is_empty());
}

#[holdfast_test]
async fn what_only_looks_like_a_card_number_is_kept(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let mut method = card();
    // Its check digit is wrong, so it is no card's number.
    method["token"] = json!("tok_4111111111111112");
    shop.post(&methods_of(&alice), method).await.assert_status(201);
}

#[holdfast_test]
async fn what_is_no_payment_method_is_refused(shop: TestShop) {
    let alice = shop.customer("alice").await;
    for (field, wrong) in [
        ("last4", json!("42")),
        ("last4", json!("42x2")),
        ("exp_month", json!(0)),
        ("exp_month", json!(13)),
        ("exp_year", json!("2030")),
        ("exp_year", json!(-1)),
        ("token", json!("")),
        ("brand", json!(null)),
    ] {
        let mut method = card();
        method[field] = wrong;
        let refused = shop.post(&methods_of(&alice), method).await;
        refused.assert_problem(422, "validation").assert_names(&format!("/{field}"));
    }
    assert!(shop.all(&methods_of(&alice)).await.is_empty());
}

#[holdfast_test]
async fn nobody_has_no_payment_methods(shop: TestShop) {
    let nobody = "/v1/customers/cus_01k9qz3v8yfg2r5m4n3c680thw/payment-methods";
    shop.get(nobody).await.assert_refused(404);
    shop.post(nobody, card()).await.assert_refused(404);
    shop.delete(&format!("{nobody}/pm_01k9qz3v8yfg2r5m4n3c680thw")).await.assert_refused(404);
}
