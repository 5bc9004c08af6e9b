use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

fn red() -> Value {
    json!({
        "sku": "LAMP-RED", "title": "Red", "options": {"colour": "red"},
        "prices": [{"amount": 5999, "currency": "EUR"}, {"amount": 900, "currency": "JPY"}],
    })
}

#[holdfast_test]
async fn a_variant_is_added_to_its_product(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    let path = format!("/v1/products/{}", lamp.id);
    let before = shop.get(&path).await;
    let after = shop.post(&format!("{path}/variants"), red()).await;
    after.assert_status(201).assert_etag();
    after.assert_contains(json!({"id": lamp.id, "variants": [before["variants"][0], red()]}));
    after.assert_id("/variants/1/id", "var");
    assert!(after.number("version") > before.number("version"));
    assert_eq!(shop.get(&path).await.body, after.body);
}

#[holdfast_test]
async fn a_sku_cannot_be_added_twice(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    let chair = shop.product("chair").create().await;
    for product in [&lamp, &chair] {
        let mut variant = red();
        variant["sku"] = json!("Lamp");
        let path = format!("/v1/products/{}/variants", product.id);
        shop.post(&path, variant).await.assert_problem(409, "sku-taken");
    }
    assert_eq!(shop.get("/v1/products/chair").await.number("version"), 1);
}

#[holdfast_test]
async fn one_product_cannot_name_a_sku_twice(shop: TestShop) {
    let product = json!({"title": "Lamp", "variants": [red(), red()]});
    let refused = shop.post("/v1/products", product).await;
    assert!(matches!(refused.status, 409 | 422), "{}", refused.exchange());
    refused.assert_refused(refused.status);
    assert!(shop.all("/v1/products").await.is_empty());
}

#[holdfast_test]
async fn a_variant_needs_a_product(shop: TestShop) {
    let path = "/v1/products/prod_01k9qz3v8yfg2r5m4n3c680thw/variants";
    shop.post(path, red()).await.assert_refused(404);
    shop.put("/v1/variants/LAMP-RED/prices", json!({"prices": []})).await.assert_refused(404);
}

#[holdfast_test]
async fn a_sku_has_1_to_64_plain_characters(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    let path = format!("/v1/products/{}/variants", lamp.id);
    let too_long = "A".repeat(65);
    for sku in ["", "LAMP RED", "LAMP/RED", "LÄMP", "LAMP\n", &too_long] {
        let mut variant = red();
        variant["sku"] = json!(sku);
        shop.post(&path, variant).await.assert_problem(422, "validation").assert_names("/sku");
    }
    let mut variant = red();
    variant["sku"] = json!(format!("a.B_c-9{}", "x".repeat(57)));
    shop.post(&path, variant).await.assert_status(201);
}
