use std::collections::HashSet;

use serde_json::{Value, json};
use testkit::{TestShop, holdfast_test};

/// One page after the other, `limit` rows each; all but the last are full.
async fn walk(shop: &TestShop, path: &str, limit: usize) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = shop.get(&format!("{path}?limit={limit}{cursor}")).await;
        let data = page.assert_ok()["data"].as_array().unwrap();
        rows.extend(data.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else {
            assert!(page["next_cursor"].is_null() && data.len() <= limit, "{}", page.exchange());
            return rows;
        };
        assert_eq!(data.len(), limit, "a page before the last is not full\n{}", page.exchange());
        cursor = format!("&cursor={next}");
    }
}

/// Newest first, nothing twice, nothing left out, whatever the page size.
async fn assert_walks(shop: &TestShop, path: &str, name: &str, oldest_first: &[Value]) {
    let newest_first: Vec<&Value> = oldest_first.iter().rev().collect();
    for limit in [1, 3, oldest_first.len(), 100] {
        let rows = walk(shop, path, limit).await;
        let names: Vec<&Value> = rows.iter().map(|row| &row[name]).collect();
        assert_eq!(names, newest_first, "{path} in pages of {limit}");
    }
}

#[holdfast_test]
async fn products_newest_first(shop: TestShop) {
    let mut created = Vec::new();
    for n in 0..7 {
        created.push(json!(shop.product(&format!("lamp-{n}")).create().await.id));
    }
    assert_walks(&shop, "/v1/products", "id", &created).await;
}

#[holdfast_test]
async fn orders_newest_first(shop: TestShop) {
    let lamp = shop.product("lamp").stock(7).create().await;
    let alice = shop.customer("alice").await;
    let mut placed = Vec::new();
    for _ in 0..7 {
        placed.push(json!(alice.place([(&lamp, 1)]).await.id));
    }
    assert_walks(&shop, "/v1/orders", "id", &placed).await;
}

#[holdfast_test]
async fn what_a_customer_has_newest_first(shop: TestShop) {
    let alice = shop.customer("alice").await;
    let (mut addresses, mut cards) = (vec![json!(alice.address_id)], Vec::new());
    let card = json!({
        "provider": "stripe", "token": "tok_visa", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
    });
    let address = json!({
        "name": "Alice", "line1": "2 Side St", "city": "Berlin", "postal_code": "10115", "country": "DE",
    });
    let of = |what: &str| format!("/v1/customers/{}/{what}", alice.id);
    for _ in 0..6 {
        addresses.push(shop.post(&of("addresses"), address.clone()).await.assert_status(201)["id"].clone());
        cards.push(shop.post(&of("payment-methods"), card.clone()).await.assert_status(201)["id"].clone());
    }
    assert_walks(&shop, &of("addresses"), "id", &addresses).await;
    assert_walks(&shop, &of("payment-methods"), "id", &cards).await;
}

#[holdfast_test]
async fn movements_newest_first(shop: TestShop) {
    let lamp = shop.product("lamp").create().await;
    for n in 1..=7 {
        shop.adjust(&lamp, n).await;
    }
    let deltas: Vec<Value> = (1..=7).map(|n| json!(n)).collect();
    assert_walks(&shop, "/v1/stock/LAMP/ledger", "on_hand_delta", &deltas).await;
}

#[holdfast_test]
async fn a_page_has_20_rows_unless_said(shop: TestShop) {
    for n in 0..21 {
        shop.product(&format!("lamp-{n}")).create().await;
    }
    let page = shop.get("/v1/products").await;
    assert_eq!(page["data"].as_array().unwrap().len(), 20);
    assert!(page["next_cursor"].is_string());
}

#[holdfast_test]
async fn what_is_added_meanwhile_shifts_no_page(shop: TestShop) {
    for n in 0..4 {
        shop.product(&format!("lamp-{n}")).create().await;
    }
    let first = shop.get("/v1/products?limit=2").await;
    for n in 4..7 {
        shop.product(&format!("lamp-{n}")).create().await;
    }
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = shop.get(&format!("/v1/products?limit=2&cursor={cursor}")).await;
    let rows = [&first, &second].map(|page| page["data"].as_array().unwrap().clone()).concat();
    let handles: Vec<&str> = rows.iter().map(|row| row["handle"].as_str().unwrap()).collect();
    assert_eq!(handles, ["lamp-3", "lamp-2", "lamp-1", "lamp-0"]);
    assert_eq!(handles.iter().collect::<HashSet<_>>().len(), 4);
}
