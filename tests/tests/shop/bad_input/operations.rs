use reqwest::Method;
use serde_json::{Value, json};
use testkit::{PASSWORD, TestCustomer, TestShop};

/// A request that the shop would accept.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Value,
}

/// One for each operation that takes a body; none hinders another.
pub(super) async fn operations(shop: &TestShop) -> (TestCustomer, Vec<Operation>) {
    let lamp = shop.product("lamp").stock(9).create().await;
    let alice = shop.customer("alice").await;
    let (order, shipped) = (alice.place([(&lamp, 1)]).await, alice.place([(&lamp, 1)]).await);
    let (post, patch) = (Method::POST, Method::PATCH);
    let (product, customer) = (format!("/v1/products/{}", lamp.id), format!("/v1/customers/{}", alice.id));
    let home = format!("{customer}/addresses/{}", alice.address_id);
    let follow = "/v1/admin/subscriptions/inventory.follow_orders";
    let letter = "/v1/admin/dead-letters/inventory.follow_orders/1";
    let effect = "/v1/admin/effects/order/eff_00000000000000000000000001";
    let operations = [
        (post.clone(), "/v1/products".to_owned(), new_product()),
        (patch.clone(), product.clone(), changed_product()),
        (post.clone(), format!("{product}/variants"), variant("LAMP-RED")),
        (Method::PUT, "/v1/variants/LAMP/prices".to_owned(), json!({"prices": [price()]})),
        (post.clone(), "/v1/stock/LAMP/adjustments".to_owned(), adjustment()),
        (post.clone(), "/v1/stock/LAMP/transfers".to_owned(), transfer()),
        (Method::PUT, "/v1/stock/LAMP/settings".to_owned(), stock_settings()),
        (post.clone(), "/v1/categories".to_owned(), category("desk-lamps")),
        (patch.clone(), "/v1/categories/bulbs".to_owned(), changed_category()),
        (patch.clone(), "/v1/countries/FR".to_owned(), json!({"enabled": false})),
        (post.clone(), "/v1/tax-categories".to_owned(), json!({"code": "books", "title": "Books"})),
        (patch.clone(), "/v1/tax-categories/zero".to_owned(), json!({"title": "Nothing"})),
        (post.clone(), "/v1/customers".to_owned(), person("bob@example.com")),
        (patch.clone(), customer.clone(), person("alice@example.org")),
        (post.clone(), format!("{customer}/addresses"), address()),
        (patch.clone(), home, address()),
        (patch, format!("{customer}/profile"), profile()),
        (post.clone(), format!("{customer}/payment-methods"), card()),
        (Method::PUT, format!("{customer}/notification-preferences"), notification_preferences()),
        (post.clone(), "/v1/orders".to_owned(), alice.new_order([(&lamp, 1)])),
        (post.clone(), format!("/v1/orders/{}/cancellation", order.id), json!({"reason": "changed my mind"})),
        (post.clone(), format!("/v1/orders/{}/shipments", shipped.id), shipment()),
        (post.clone(), format!("/v1/orders/{}/review", order.id), json!({"decision": "accept"})),
        (post.clone(), format!("{follow}/pause"), json!({"paused": false})),
        (post.clone(), format!("{follow}/replay"), json!({"after": 0, "dry_run": true})),
        (post.clone(), format!("{letter}/discard"), json!({"note": "made by hand"})),
        (post.clone(), format!("{effect}/discard"), json!({"note": "made by hand"})),
        (post, format!("/v1/admin/sagas/{}/discard", order.id), json!({"note": "made by hand"})),
    ];
    let operation = |(method, path, body)| Operation { method, path, body };
    let all = operations.into_iter().chain(identities(shop, &customer).await);
    (alice, all.map(operation).collect())
}

/// Those about who somebody is. Nobody has the tokens that they show.
async fn identities(shop: &TestShop, customer: &str) -> Vec<(Method, String, Value)> {
    let (post, put, patch) = (Method::POST, Method::PUT, Method::PATCH);
    let member = json!({"email": "sam@shop.example", "name": "Sam", "roles": ["support"]});
    let member = shop.post("/v1/staff", member).await;
    let member = format!("/v1/staff/{}", member.assert_status(201).text("id"));
    let token = |kind: &str| format!("{kind}_01k9qz3v8yfg2r5m4n3c680thw_{}", "0123456789abcdef".repeat(4));
    let dora = "dora@example.com";
    let account = json!({"email": dora, "name": "Dora", "phone": "+49 30 1234567"});
    let session = json!({"email": dora, "password": PASSWORD, "kind": "customer"});
    let password = json!({"current_password": PASSWORD, "new_password": PASSWORD});
    let reset = json!({"token": token("ltr"), "password": PASSWORD});
    let staff =
        json!({"email": "ron@shop.example", "name": "Ron", "roles": ["finance"], "password": PASSWORD});
    let changed = json!({"name": "Samuel", "status": "active", "roles": ["finance"]});
    let role = json!({"code": "packer", "title": "Packer", "permissions": ["orders:ship"]});
    let key =
        json!({"name": "scanner", "scopes": ["stock:read"], "expires_at": "2027-01-01T00:00:00.000000Z"});
    vec![
        (post.clone(), "/v1/accounts".to_owned(), account),
        (post.clone(), "/v1/accounts/confirmation".to_owned(), reset.clone()),
        (post.clone(), "/v1/sessions".to_owned(), session),
        (post.clone(), "/v1/sessions/current/refresh".to_owned(), json!({"refresh_token": token("rfr")})),
        (put, "/v1/password".to_owned(), password),
        (post.clone(), "/v1/password-resets".to_owned(), json!({"email": dora, "kind": "customer"})),
        (post.clone(), "/v1/password-resets/completion".to_owned(), reset),
        (post.clone(), "/v1/staff".to_owned(), staff),
        (patch.clone(), member, changed),
        (post.clone(), "/v1/roles".to_owned(), role),
        (patch.clone(), "/v1/roles/finance".to_owned(), json!({"title": "Money", "permissions": []})),
        (post, "/v1/api-keys".to_owned(), key),
        (patch, format!("{customer}/account"), json!({"status": "active"})),
    ]
}

fn price() -> Value {
    json!({"amount": 4999, "currency": "EUR"})
}

fn variant(sku: &str) -> Value {
    json!({"sku": sku, "title": "Red", "options": {"colour": "red"}, "prices": [price()]})
}

fn new_product() -> Value {
    json!({
        "title": "Chair", "handle": "chair", "description": "Holds.", "category": "seating", "status": "active",
        "variants": [variant("CHAIR")],
    })
}

fn changed_product() -> Value {
    json!({
        "title": "Lamp", "description": "Shines.", "category": "lighting", "status": "active", "handle": "the-lamp",
    })
}

fn category(code: &str) -> Value {
    json!({"code": code, "title": "Desk lamps", "parent": "home-lighting", "position": 7})
}

fn changed_category() -> Value {
    json!({"title": "Light bulbs", "parent": "home", "position": 3})
}

fn adjustment() -> Value {
    json!({"delta": 5, "reason": "received", "location": "main"})
}

fn transfer() -> Value {
    json!({"from": "main", "to": "shop", "quantity": 1, "reason": "restocking the shop"})
}

fn stock_settings() -> Value {
    json!({"backorder_limit": 3, "low_stock_threshold": 2})
}

fn shipment() -> Value {
    json!({"lines": [{"sku": "LAMP", "quantity": 1}], "carrier": "DHL", "tracking": "JD0146"})
}

fn notification_preferences() -> Value {
    json!({"locale": "de", "email": {"orders": false, "refunds": true}})
}

/// Without preferences: their names and kinds are the caller's own, see `profiles.rs`.
fn profile() -> Value {
    json!({"display_name": "Ada", "bio": "Reads under lamps.", "locale": "en-GB"})
}

fn person(email: &str) -> Value {
    json!({"email": email, "name": "A. Buyer", "phone": "+49 30 1234567", "group": "wholesale"})
}

fn address() -> Value {
    json!({
        "name": "A. Buyer", "line1": "1 Main St", "line2": "rear", "city": "Berlin", "region": "Berlin",
        "postal_code": "10115", "country": "DE", "phone": "+49 30 1234567",
    })
}

fn card() -> Value {
    json!({
        "provider": "stripe", "token": "tok_visa", "brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
    })
}
