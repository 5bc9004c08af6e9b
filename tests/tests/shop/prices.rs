use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

fn price(amount: i64, currency: &str) -> Value {
    json!({"amount": amount, "currency": currency})
}

#[holdfast_test]
async fn prices_are_replaced_all_at_once(shop: TestShop) {
    let lamp = shop.product("lamp").price(4999, "EUR").price(5499, "USD").create().await;
    let prices = json!([price(3999, "EUR"), price(800, "JPY")]);
    let variant = shop.put("/v1/variants/LAMP/prices", json!({"prices": prices})).await;
    variant.assert_ok().assert_id("/id", "var");
    variant.assert_contains(json!({"sku": "LAMP", "title": "Standard", "prices": prices}));
    let product = shop.get(&format!("/v1/products/{}", lamp.id)).await;
    assert_eq!(product["variants"][0], variant.body);
    shop.put("/v1/variants/LAMP/prices", json!({"prices": []})).await.assert_contains(json!({"prices": []}));
}

#[holdfast_test]
async fn a_sku_is_found_in_any_case(shop: TestShop) {
    shop.product("lamp").create().await;
    let variant = shop.put("/v1/variants/lamp/prices", json!({"prices": [price(1, "EUR")]})).await;
    variant.assert_ok().assert_contains(json!({"sku": "LAMP"}));
}

#[holdfast_test]
async fn a_price_is_a_sane_amount_of_a_real_currency(shop: TestShop) {
    shop.product("lamp").price(4999, "EUR").create().await;
    let before = shop.get("/v1/products/lamp").await;
    let wrong = [
        json!([price(-1, "EUR")]),
        json!([price(1, "EUR"), price(2, "EUR")]),
        json!([price(1, "eur")]),
        json!([price(1, "XXX")]),
        json!([price(1, "EURO")]),
        json!([{"amount": 1}]),
        json!([{"amount": "1", "currency": "EUR"}]),
        json!([{"amount": 1.5, "currency": "EUR"}]),
        json!([{"amount": 1, "currency": "EUR", "vat": true}]),
        json!({"EUR": 1}),
    ];
    for prices in wrong {
        let refused = shop.put("/v1/variants/LAMP/prices", json!({"prices": prices})).await;
        refused.assert_problem(422, "validation");
        assert!(!refused.errors().is_empty(), "no place is named\n{}", refused.exchange());
    }
    assert_eq!(shop.get("/v1/products/lamp").await.body, before.body);
}
