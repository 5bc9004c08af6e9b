use serde_json::Value;
use testkit::{TestShop, holdfast_test};

async fn handles(shop: &TestShop, query: &str) -> Vec<String> {
    let products = shop.all(&format!("/v1/products{query}")).await;
    products.iter().map(|product| product["handle"].as_str().unwrap().to_owned()).collect()
}

/// Three of each status, in two categories.
async fn furnish(shop: &TestShop) {
    for status in ["draft", "active", "archived"] {
        for (name, category) in [("desk", "office"), ("shelf", "office"), ("bed", "home")] {
            shop.product(&format!("{name}-{status}")).status(status).category(category).create().await;
        }
    }
}

#[holdfast_test]
async fn products_are_found_by_what_they_are(shop: TestShop) {
    furnish(&shop).await;
    assert_eq!(handles(&shop, "").await.len(), 9);
    assert_eq!(handles(&shop, "?category=home").await, ["bed-archived", "bed-active", "bed-draft"]);
    assert_eq!(handles(&shop, "?status=active").await, ["bed-active", "shelf-active", "desk-active"]);
    assert_eq!(handles(&shop, "?status=active&category=office").await, ["shelf-active", "desk-active"]);
    assert_eq!(handles(&shop, "?category=garden").await, [""; 0]);
}

#[holdfast_test]
async fn products_are_found_by_their_sku_in_any_case(shop: TestShop) {
    furnish(&shop).await;
    for sku in ["SHELF-ACTIVE", "shelf-active", "Shelf-Active"] {
        assert_eq!(handles(&shop, &format!("?sku={sku}")).await, ["shelf-active"]);
    }
    assert_eq!(handles(&shop, "?sku=SHELF").await, [""; 0]);
}

#[holdfast_test]
async fn products_are_found_by_words_of_their_title_in_any_case(shop: TestShop) {
    furnish(&shop).await;
    for query in ["desk", "DESK", "Desk-"] {
        assert_eq!(
            handles(&shop, &format!("?q={query}")).await,
            ["desk-archived", "desk-active", "desk-draft"]
        );
    }
    // What means something in a LIKE pattern means itself here.
    for query in ["%25", "_", "d_sk", "d%25k", "%27", "%5C"] {
        assert_eq!(handles(&shop, &format!("?q={query}")).await, [""; 0], "for {query}");
    }
}

#[holdfast_test]
async fn strangers_find_active_products_only(shop: TestShop) {
    furnish(&shop).await;
    let seen = ["", "?status=draft", "?status=archived", "?q=desk", "?category=office", "?sku=DESK-DRAFT"];
    for query in seen {
        let list = shop.get(&format!("/v1/products{query}")).anonymous().await;
        let active = |product: &Value| product["status"] == "active";
        assert!(list.assert_ok()["data"].as_array().unwrap().iter().all(active), "{}", list.exchange());
    }
    let list = shop.get("/v1/products").anonymous().await;
    assert_eq!(list["data"].as_array().unwrap().len(), 3);
}

#[holdfast_test]
async fn a_status_that_does_not_exist_is_refused(shop: TestShop) {
    shop.get("/v1/products?status=sold").await.assert_problem(422, "validation");
    shop.get("/v1/products?sku=A%20B").await.assert_problem(422, "validation");
}
