use std::time::Duration;

use kernel::{Clock, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Reply, TestShop, holdfast_test};

fn desk_lamp() -> Value {
    json!({
        "title": "Desk lamp", "handle": "desk-lamp", "description": "Bends.", "category": "home-lighting",
        "status": "active",
        "variants": [
            {"sku": "LAMP-BLK", "title": "Black", "options": {"colour": "black"},
             "prices": [{"amount": 4999, "currency": "EUR"}]},
            {"sku": "LAMP-RED", "title": "Red", "options": {"colour": "red"}, "prices": []},
        ],
    })
}

fn time(reply: &Reply, field: &str) -> Timestamp {
    let text = reply.text(field);
    assert!(text.ends_with('Z'), "{field} is not in UTC\n{}", reply.exchange());
    text.parse().unwrap()
}

#[holdfast_test]
async fn a_product_is_created_as_asked(shop: TestShop) {
    let product = shop.post("/v1/products", desk_lamp()).await;
    product.assert_status(201).assert_contains(desk_lamp());
    product.assert_id("/id", "prod").assert_id("/variants/0/id", "var").assert_id("/variants/1/id", "var");
    product.assert_etag();
    for field in ["created_at", "updated_at"] {
        assert_eq!(time(&product, field), shop.clock().now());
    }
    for path in [product.header("location").unwrap(), "/v1/products/desk-lamp"] {
        let shown = shop.get(path).await;
        assert_eq!(shown.assert_ok().assert_etag().body, product.body);
    }
}

#[holdfast_test]
async fn what_is_left_out_has_a_default(shop: TestShop) {
    let mut lamp = desk_lamp();
    for field in ["handle", "description", "category", "status"] {
        lamp.as_object_mut().unwrap().remove(field);
    }
    let product = shop.post("/v1/products", lamp).await;
    product.assert_status(201).assert_contains(
        json!({"handle": "desk-lamp", "description": null, "category": null, "status": "draft"}),
    );
}

#[holdfast_test]
async fn null_is_as_good_as_absent(shop: TestShop) {
    let mut lamp = desk_lamp();
    lamp["description"] = Value::Null;
    lamp["category"] = Value::Null;
    let product = shop.post("/v1/products", lamp.clone()).await;
    product.assert_status(201).assert_contains(lamp);
}

#[holdfast_test]
async fn a_handle_is_taken_once(shop: TestShop) {
    shop.product("lamp").create().await;
    let mut other = desk_lamp();
    other["handle"] = json!("lamp");
    shop.post("/v1/products", other).await.assert_problem(409, "handle-taken");
    assert_eq!(shop.all("/v1/products").await.len(), 1);
}

#[holdfast_test]
async fn a_sku_is_taken_once_in_any_case(shop: TestShop) {
    shop.product("lamp").create().await;
    let mut other = desk_lamp();
    other["variants"][1]["sku"] = json!("lAmP");
    shop.post("/v1/products", other).await.assert_problem(409, "sku-taken");
    assert_eq!(shop.all("/v1/products").await.len(), 1);
    assert!(shop.all("/v1/products?sku=LAMP-BLK").await.is_empty(), "half a product was created");
}

#[holdfast_test]
async fn every_field_can_be_changed(shop: TestShop) {
    let path = format!("/v1/products/{}", shop.product("lamp").create().await.id);
    let before = shop.get(&path).await;
    let changes = [
        json!({"title": "Table lamp"}),
        json!({"description": "Bends no more."}),
        json!({"description": null}),
        json!({"category": "lighting"}),
        json!({"category": null}),
        json!({"status": "archived"}),
        json!({"status": "active", "handle": "table-lamp"}),
    ];
    let mut version = before.number("version");
    for change in changes {
        shop.clock().advance(Duration::from_secs(60));
        let changed = shop.patch(&path, change.clone()).await;
        changed.assert_ok().assert_etag().assert_contains(change);
        assert!(changed.number("version") > version, "the version stays\n{}", changed.exchange());
        version = changed.number("version");
        assert_eq!(time(&changed, "updated_at"), shop.clock().now());
        assert_eq!(
            (&changed["created_at"], &changed["variants"]),
            (&before["created_at"], &before["variants"])
        );
        assert_eq!(shop.get(&path).await.body, changed.body);
    }
    shop.get("/v1/products/table-lamp").await.assert_ok();
    shop.get("/v1/products/lamp").await.assert_refused(404);
}

#[holdfast_test]
async fn a_change_to_a_taken_handle_is_refused(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    shop.product("chair").create().await;
    let path = format!("/v1/products/{}", lamp.id);
    let refused = shop.patch(&path, json!({"title": "Chair", "handle": "chair"})).await;
    refused.assert_problem(409, "handle-taken");
    shop.get(&path).await.assert_contains(json!({"title": "Lamp", "handle": "lamp", "version": 1}));
}

#[holdfast_test]
async fn a_change_of_what_was_changed_meanwhile_is_refused(shop: TestShop) {
    let path = format!("/v1/products/{}", shop.product("lamp").create().await.id);
    let seen = shop.get(&path).await.number("version");
    let mine = shop.patch(&path, json!({"title": "Mine"})).if_match(seen).await;
    mine.assert_ok();
    let yours = shop.patch(&path, json!({"title": "Yours"})).if_match(seen).await;
    yours.assert_problem(412, "stale");
    assert_eq!(shop.get(&path).await.body, mine.body);
    shop.patch(&path, json!({"title": "Weak"}))
        .header("if-match", "W/\"2\"")
        .await
        .assert_problem(412, "stale");
    shop.patch(&path, json!({"title": "Any"})).header("if-match", "*").await.assert_ok();
}

#[holdfast_test]
async fn variants_and_identity_cannot_be_patched(shop: TestShop) {
    let path = format!("/v1/products/{}", shop.product("lamp").create().await.id);
    for change in
        [json!({"variants": []}), json!({"id": "prod_x"}), json!({"version": 9}), json!({"sku": "X"})]
    {
        shop.patch(&path, change).await.assert_problem(422, "validation");
    }
    for change in [json!({"title": null}), json!({"status": null}), json!({"handle": null})] {
        shop.patch(&path, change).await.assert_problem(422, "validation");
    }
    for change in [json!({"title": ""}), json!({"handle": "Two Words"}), json!({"status": "gone"})] {
        shop.patch(&path, change).await.assert_problem(422, "validation");
    }
    assert_eq!(shop.get(&path).await.number("version"), 1);
}

#[holdfast_test]
async fn what_does_not_exist_is_not_found(shop: TestShop) {
    let nobody = "/v1/products/prod_01k9qz3v8yfg2r5m4n3c680thw";
    shop.get(nobody).await.assert_refused(404);
    shop.get("/v1/products/no-such-lamp").await.assert_refused(404);
    shop.patch(nobody, json!({"title": "Lamp"})).await.assert_refused(404);
}

#[holdfast_test]
async fn only_active_products_are_shown_to_strangers(shop: TestShop) {
    for status in ["draft", "active", "archived"] {
        let product = shop.product(status).status(status).create().await;
        for name in [product.id, product.handle] {
            let path = format!("/v1/products/{name}");
            shop.get(&path).await.assert_ok();
            let shown = shop.get(&path).anonymous().await;
            match status {
                "active" => shown.assert_ok(),
                _ => shown.assert_refused(404),
            };
        }
    }
}

#[holdfast_test]
async fn head_is_get_without_a_body(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    let path = format!("/v1/products/{}", lamp.id);
    let (get, head) = (shop.get(&path).await, shop.request(Method::HEAD, &path).await);
    assert_eq!((head.status, head.header("etag")), (200, get.header("etag")));
    assert!(head.header("etag").is_some() && head.body.is_null(), "{}", head.exchange());
}
