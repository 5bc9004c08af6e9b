//! What modules copy of what others own: how old it is, and that it is as its owner has it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use testkit::{BinaryShop, Client, Database, Engine, TestOrder, TestShop, fresh_key, holdfast_test};

/// Something is done to the tables of a module by hand.
fn tamper(database: &Database, module: &str, sql: &str) {
    match database.url() {
        Some(url) => {
            let mut conn = PgConnection::establish(&url).unwrap();
            let schema = if module == "order" { "orders" } else { module };
            conn.batch_execute(&format!("SET search_path = {schema}; {sql}")).unwrap();
        }
        None => {
            let file = database.directory().join(format!("{module}.db"));
            let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            conn.batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}")).unwrap();
        }
    }
}

async fn shown(shop: &Client, order: &TestOrder) -> Value {
    shop.get(&format!("/v1/orders/{}/copies", order.id)).await.assert_ok().body.clone()
}

/// Once it is so.
async fn until(shop: &Client, order: &TestOrder, so: impl Fn(&Value) -> bool) {
    let began = Instant::now();
    loop {
        let order = shown(shop, order).await;
        if so(&order) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "it never comes to be so: {order:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[holdfast_test]
async fn an_order_shows_copies_that_say_how_old_they_are(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    shop.settle().await;
    let before = shown(&shop, &order).await;
    assert_eq!(before["customer"]["name"], "alice");
    let freshness = &before["customer"]["freshness"];
    assert_eq!((&freshness["source"], &freshness["source_version"]), (&json!("customer"), &json!(2)));
    assert_eq!(before["current_titles"][0]["title"], "Lamp, Standard");
    assert_eq!(before["current_titles"][0]["freshness"]["source"], "catalog");

    shop.clock().advance(Duration::from_secs(60));
    let (customer, product) = (format!("/v1/customers/{}", alice.id), format!("/v1/products/{}", lamp.id));
    shop.patch(&customer, json!({"name": "Alice B."})).await.assert_ok();
    let renamed = shop.patch(&product, json!({"title": "Desk lamp"})).await;
    shop.settle().await;
    let after = shown(&shop, &order).await;
    assert_eq!(after["customer"]["name"], "Alice B.");
    assert_eq!(after["customer"]["freshness"]["source_version"], 3);
    assert!(after["customer"]["freshness"]["as_of"].as_str() > freshness["as_of"].as_str());
    assert_eq!(after["current_titles"][0]["title"], "Desk lamp, Standard");
    assert_eq!(after["current_titles"][0]["freshness"]["source_version"], renamed["version"]);
    let kept = shop.get(&format!("/v1/orders/{}", order.id)).await;
    assert_eq!(kept.assert_ok().body, order.body, "a snapshot is no copy");
}

#[holdfast_test]
async fn a_copy_knows_that_it_is_behind_and_is_filled_later(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    shop.settle().await;
    shop.faults().leave("customer");
    let path = format!("/v1/customers/{}", alice.id);
    shop.patch(&path, json!({"name": "Alice B."})).await.assert_ok();
    shop.settle().await;
    let behind = shown(&shop, &order).await;
    assert_eq!(
        (&behind["customer"]["name"], &behind["customer"]["freshness"]["source_version"]),
        (&json!("alice"), &json!(2))
    );
    shop.faults().come_back("customer");
    shop.settle().await;
    // Nothing more happened to her: what was heard then is what fills the copy now.
    assert_eq!(shown(&shop, &order).await["customer"]["name"], "Alice B.");
}

#[holdfast_test]
async fn hearing_everything_again_changes_no_copy(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    shop.patch(&format!("/v1/customers/{}", alice.id), json!({"name": "Alice B."})).await.assert_ok();
    shop.patch(&format!("/v1/products/{}", lamp.id), json!({"title": "Desk lamp"})).await.assert_ok();
    shop.settle().await;
    let before = shown(&shop, &order).await;
    for subscription in ["order.follow_customers", "order.follow_products"] {
        let path = format!("/v1/admin/subscriptions/{subscription}/replay");
        shop.post(&path, json!({"after": 0})).await.assert_ok();
    }
    shop.settle().await;
    assert_eq!(shown(&shop, &order).await, before);
}

#[holdfast_test]
async fn a_damaged_copy_is_named_and_healed_from_its_owner(engine: Engine) {
    let database = Arc::new(Database::empty(engine).await);
    let shop = BinaryShop::start_on(Arc::clone(&database)).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let path = format!("/v1/products/{}", lamp.id);
    shop.patch(&path, json!({"title": "Desk lamp"})).await.assert_ok();
    let whole = |order: &Value| {
        order["customer"]["freshness"]["source_version"] == 2
            && order["current_titles"][0]["title"] == "Desk lamp, Standard"
    };
    until(&shop, &order, whole).await;
    let (good, customer, product) = (
        shown(&shop, &order).await,
        shop.get(&format!("/v1/customers/{}", alice.id)).await.body,
        shop.get(&format!("/v1/products/{}", lamp.id)).await.body,
    );
    for (damage, faults) in [
        (
            "UPDATE customer_copies SET name = 'Mallory'; UPDATE product_copies SET title = 'Lump'",
            ["differs from its owner"; 2],
        ),
        (
            "UPDATE address_copies SET address = '{\"city\": 1}'; DELETE FROM variant_copies",
            ["differs from its owner"; 2],
        ),
        (
            "UPDATE customer_copies SET source_version = 99; UPDATE product_copies SET source_version = 99",
            ["is from version 99"; 2],
        ),
        (
            "UPDATE customer_copies SET heard_version = 99; DELETE FROM product_copies",
            ["has heard of 99", "is not copied"],
        ),
        (
            "DELETE FROM customer_copies; UPDATE product_copies SET source_version = source_version - 1",
            ["is not copied", "nothing is on the way"],
        ),
    ] {
        tamper(&database, "order", damage);
        let found = shop.holdfast(&["check", "--drift"]).await;
        assert!(!found.clean, "{damage}: {}", found.output);
        for (subject, fault) in [&alice.id, &lamp.id].into_iter().zip(faults) {
            let named = |line: &str| line.contains(subject) && line.contains(fault);
            assert!(found.output.lines().any(named), "{damage}: {}", found.output);
        }
        let healed = shop.holdfast(&["check", "--drift", "--repair"]).await;
        assert!(healed.clean && healed.output.contains("made anew"), "{damage}: {}", healed.output);
        assert_eq!(shown(&shop, &order).await, good, "{damage}");
    }
    assert_eq!(shop.get(&format!("/v1/customers/{}", alice.id)).await.body, customer);
    assert_eq!(shop.get(&format!("/v1/products/{}", lamp.id)).await.body, product);
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}

/// A kind of copies, and three ways to damage it.
struct Kind {
    module: &'static str,
    table: &'static str,
    /// Another fact under the same version, or an older version.
    differs: (&'static str, &'static str),
    version: &'static str,
}

const DIFFERS: &str = "differs from its owner";
const BEHIND: &str = "nothing is on the way";

impl Kind {
    fn name(&self) -> String {
        format!("{}.{}", self.module, self.table)
    }

    /// What is done, and what is then said of it.
    fn damages(&self) -> [(String, &'static str); 3] {
        let Kind { table, differs: (differs, so), version, .. } = self;
        [
            (format!("UPDATE {table} SET {differs}"), *so),
            (format!("DELETE FROM {table}"), "is not copied"),
            (format!("UPDATE {table} SET {version} = 99"), "is from version 99"),
        ]
    }
}

const fn kind(
    module: &'static str,
    table: &'static str,
    differs: (&'static str, &'static str),
    version: &'static str,
) -> Kind {
    Kind { module, table, differs, version }
}

const KINDS: [Kind; 6] = [
    kind("order", "order_payments", ("status = 'refunded'", DIFFERS), "version"),
    kind("catalog", "known_categories", ("removed = NOT removed", DIFFERS), "source_version"),
    kind("catalog", "known_tax_categories", ("source_version = 0", BEHIND), "source_version"),
    kind("customer", "known_countries", ("address = '{\"rules\": 0}'", DIFFERS), "source_version"),
    kind("analytics", "customer_groups", ("customer_group = 'retail'", DIFFERS), "version"),
    kind("analytics", "product_versions", ("title = 'Lump'", DIFFERS), "version"),
];

async fn until_all_is_heard(shop: &Client) {
    let began = Instant::now();
    loop {
        let all = shop.get("/v1/admin/subscriptions").await.assert_ok().body.clone();
        if all["data"].as_array().unwrap().iter().all(|one| one["lag_events"] == 0) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "something is not heard: {all:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[holdfast_test]
async fn every_kind_of_copy_is_named_and_healed_and_its_owner_left_alone(engine: Engine) {
    let database = Arc::new(Database::empty(engine).await);
    let shop = BinaryShop::start_on(Arc::clone(&database)).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let bob = json!({"email": "bob@example.com", "name": "Bob", "group": "wholesale"});
    let bob = shop.post("/v1/customers", bob).await.assert_status(201).text("id").to_owned();
    let payment = format!("/v1/payments/{}", order.body["payment"]["id"].as_str().unwrap());
    shop.get(&payment).persistently().await.assert_ok();
    shop.post(&format!("{payment}/captures"), json!({})).key(&fresh_key()).await.assert_ok();
    let owners = [
        payment,
        format!("/v1/customers/{bob}"),
        format!("/v1/products/{}", lamp.id),
        "/v1/categories?limit=100".to_owned(),
        "/v1/tax-categories".to_owned(),
        "/v1/countries?limit=100".to_owned(),
    ];
    let mut before = Vec::new();
    for path in &owners {
        before.push(shop.get(path).await.assert_ok().body.clone());
    }
    until_all_is_heard(&shop).await;
    for round in 0..3 {
        for kind in &KINDS {
            tamper(&database, kind.module, &kind.damages()[round].0);
        }
        let found = shop.holdfast(&["check", "--drift"]).await;
        for kind in &KINDS {
            let (damage, fault) = &kind.damages()[round];
            let named = |line: &str| line.contains(&kind.name()) && line.contains(fault);
            assert!(found.output.lines().any(named), "{damage}: {}", found.output);
        }
        let healed = shop.holdfast(&["check", "--drift", "--repair"]).await;
        assert!(healed.clean && healed.output.contains("made anew"), "round {round}: {}", healed.output);
    }
    for (path, before) in owners.iter().zip(before) {
        assert_eq!(shop.get(path).await.assert_ok().body, before, "{path}");
    }
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}
