//! Customers are shown what is theirs, and nothing else.

use serde_json::{Value, json};
use testkit::{Login, PASSWORD, Stock, TestCustomer, TestOrder, TestShop, holdfast_test};

use super::NOBODY;

struct Scene {
    shop: TestShop,
    alice: (TestCustomer, Login, TestOrder),
    bob: (TestCustomer, Login, TestOrder),
}

async fn scene(shop: TestShop) -> Scene {
    let lamp = shop.product("lamp").stock(9).create().await;
    let mut both = Vec::new();
    for name in ["alice", "bob"] {
        let customer = shop.customer(name).await;
        let login = shop.account(name).await;
        let order = customer.at(&login).place([(&lamp, 1)]).await;
        both.push((customer, login, order));
    }
    let bob = both.pop().unwrap();
    Scene { alice: both.pop().unwrap(), bob, shop }
}

#[holdfast_test]
async fn what_is_anothers_is_as_good_as_absent(shop: TestShop) {
    let Scene { shop, alice: (alice, alices, _), bob: (bob, bobs, order) } = scene(shop).await;
    let card = json!({
        "provider": "stripe", "token": "pm_1Nv0FGQ9RKHgCVdK", "brand": "visa", "last4": "4242", "exp_month": 12,
        "exp_year": 2030,
    });
    let methods = format!("/v1/customers/{}/payment-methods", bob.id);
    let method = bobs.post(&methods, card).await.assert_status(201).text("id").to_owned();
    let absent = ["cus", "ord", "adr", "pm"].map(|prefix| format!("{prefix}_{NOBODY}"));
    let present = [bob.id.clone(), order.id.clone(), bob.address_id.clone(), method];
    let ids: Vec<&String> = absent.iter().chain(&present).collect();
    let path = |[customer, order, address, method]: &[String; 4], row: &str| {
        let named = row.replace("{customer}", customer).replace("{order}", order);
        named.replace("{address}", address).replace("{method}", method)
    };
    for row in [
        "/v1/orders/{order}",
        "/v1/orders/{order}/timeline",
        "/v1/customers/{customer}",
        "/v1/customers/{customer}/addresses",
        "/v1/customers/{customer}/addresses/{address}",
        "/v1/customers/{customer}/payment-methods",
        "/v1/customers/{customer}/payment-methods/{method}",
        "/v1/customers/{customer}/profile",
        "/v1/customers/{customer}/notification-preferences",
    ] {
        bobs.get(&path(&present, row)).await.assert_ok();
        let (refused, like) = (alices.get(&path(&present, row)).await, alices.get(&path(&absent, row)).await);
        refused.assert_refused(404);
        assert_eq!((refused.status, refused.without_ids(&ids)), (like.status, like.without_ids(&ids)));
    }
    // Nor is it found below what is hers.
    for row in ["addresses/{address}", "payment-methods/{method}"] {
        let row = path(&present, &format!("/v1/customers/{}/{row}", alice.id));
        alices.get(&row).await.assert_refused(404);
        alices.delete(&row).await.assert_refused(404);
    }
    let before = shop.get(&format!("/v1/customers/{}", bob.id)).await;
    let address = format!("/addresses/{}", bob.address_id);
    let rows = [
        ("", json!({"name": "Mallory"})),
        ("/profile", json!({"bio": "Mallory was here."})),
        (address.as_str(), json!({"line1": "2 Side St"})),
    ];
    for (row, change) in rows {
        alices.patch(&format!("/v1/customers/{}{row}", bob.id), change).await.assert_refused(404);
    }
    assert_eq!(shop.get(&format!("/v1/customers/{}", bob.id)).await.bytes, before.bytes);
}

#[holdfast_test]
async fn an_order_is_cancelled_by_whose_it_is(shop: TestShop) {
    let Scene { shop, alice: (alice, alices, order), bob: (bob, bobs, _) } = scene(shop).await;
    let refused = bob.at(&bobs).cancel(&order).await;
    refused.assert_refused(404);
    let absent = format!("/v1/orders/ord_{NOBODY}/cancellation");
    let like = bobs.post(&absent, json!({"reason": "changed my mind"})).await;
    let ids = [order.id.as_str(), &absent[11..41]];
    assert_eq!((refused.status, refused.without_ids(&ids)), (like.status, like.without_ids(&ids)));
    shop.get(&format!("/v1/orders/{}", order.id)).await.assert_contains(json!({"status": "placed"}));
    alice.at(&alices).cancel(&order).await.assert_ok().assert_contains(json!({"status": "cancelled"}));
}

#[holdfast_test]
async fn nobody_orders_in_anothers_name(shop: TestShop) {
    let Scene { shop, alice: (alice, ..), bob: (bob, bobs, _) } = scene(shop).await;
    let before = shop.stock("LAMP").await;
    assert_eq!(before, Stock { on_hand: 9, reserved: 2, available: 7 });
    let absent = format!("cus_{NOBODY}");
    let order = |customer: &str, address: &str| {
        let mut body: Value = bob.new_order([("LAMP", 1)]);
        (body["customer_id"], body["shipping_address_id"]) = (json!(customer), json!(address));
        bobs.post("/v1/orders", body)
    };
    let refused = order(&alice.id, &alice.address_id).await;
    refused.assert_problem(409, "unknown-customer");
    let like = order(&absent, &alice.address_id).await;
    let ids = [&alice.id, &absent];
    assert_eq!((refused.status, refused.without_ids(&ids)), (like.status, like.without_ids(&ids)));
    // Nor to where another lives.
    let refused = order(&bob.id, &alice.address_id).await;
    let like = order(&bob.id, &format!("adr_{NOBODY}")).await;
    let ids = [alice.address_id.clone(), format!("adr_{NOBODY}")];
    assert_eq!((refused.status, refused.code()), (409, like.code()));
    assert_eq!(refused.without_ids(&ids), like.without_ids(&ids));
    shop.settle().await;
    assert_eq!(shop.stock("LAMP").await, before);
    assert_eq!(shop.all(&format!("/v1/orders?customer_id={}", alice.id)).await.len(), 1);
    // Who works here orders for whoever calls.
    let sam = shop.member_of_staff("sam", &["support"]).await;
    alice.at(&sam).place([("LAMP", 1)]).await;
}

#[holdfast_test]
async fn customers_see_their_orders_alone(shop: TestShop) {
    let Scene { shop, alice: (alice, alices, order), bob: (bob, ..) } = scene(shop).await;
    let seen = alices.all("/v1/orders").await;
    assert!(seen.len() == 1 && seen[0]["id"] == order.id, "{seen:#?}");
    let asked = alices.all(&format!("/v1/orders?customer_id={}", alice.id)).await;
    assert_eq!(asked, seen);
    assert!(alices.all(&format!("/v1/orders?customer_id={}", bob.id)).await.is_empty());
    assert_eq!(shop.all("/v1/orders").await.len(), 2);
    for row in ["/v1/customers", "/v1/staff", "/v1/messages", "/v1/reports/sales", "/v1/admin/audit"] {
        alices.get(row).await.assert_problem(403, "forbidden");
    }
}

#[holdfast_test]
async fn what_the_shop_knows_a_customer_by_is_the_shops_to_change(shop: TestShop) {
    let customer = shop.customer("alice").await;
    let alice = shop.account("alice").await;
    let path = format!("/v1/customers/{}", customer.id);
    let before = shop.get(&path).await;
    for change in [
        json!({"email": "mallory@example.com"}),
        json!({"group": "wholesale"}),
        json!({"group": null}),
        json!({"name": "Alice", "group": "wholesale"}),
    ] {
        alice.patch(&path, change).await.assert_problem(403, "forbidden");
    }
    assert_eq!(shop.get(&path).await.bytes, before.bytes);
    let changed = alice.patch(&path, json!({"name": "Alice Changed", "phone": "+49 30 7654321"})).await;
    changed.assert_ok().assert_contains(json!({"name": "Alice Changed", "phone": "+49 30 7654321"}));
    shop.patch(&path, json!({"group": "wholesale"})).await.assert_ok();
}

#[holdfast_test]
async fn who_is_disabled_is_shown_nothing_any_more(shop: TestShop) {
    let customer = shop.customer("alice").await;
    let alice = shop.account("alice").await;
    let path = format!("/v1/customers/{}/account", customer.id);
    let disabled = shop.patch(&path, json!({"status": "disabled"})).await;
    disabled.assert_ok().assert_etag().assert_contains(json!({"status": "disabled"}));
    assert!(!alice.is_in().await);
    alice.try_refresh().await.assert_problem(401, "invalid-credentials");
    let refused = shop.try_log_in("customer", &alice.email, PASSWORD).await;
    refused.assert_problem(401, "invalid-credentials");
    let seen = shop.get(&path).await.number("version");
    shop.patch(&path, json!({"status": "active"})).if_match(seen).await.assert_ok();
    assert!(!alice.is_in().await);
    assert!(shop.log_in("customer", &alice.email, PASSWORD).await.is_in().await);
    let bob = shop.customer("bob").await;
    shop.get(&format!("/v1/customers/{}/account", bob.id)).await.assert_problem(404, "account-not-found");
}
