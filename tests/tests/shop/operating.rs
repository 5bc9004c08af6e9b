//! What operators see of a running shop, over REST and on the command line.

use serde_json::{Value, json};
use testkit::{BinaryShop, Engine, TestShop, holdfast_test};

#[holdfast_test]
async fn a_shop_says_what_it_is_made_of(shop: TestShop) {
    let modules = shop.get("/v1/admin/modules").await;
    let all = modules.assert_ok()["data"].as_array().unwrap();
    let order = all.iter().find(|module| module["name"] == "order").unwrap();
    let heard = json!(["order.follow_payments", "order.follow_customers", "order.follow_products"]);
    assert_eq!(order["subscriptions"], heard);
    assert_eq!(order["sagas"], json!(["order.place"]));
    assert!(order["methods"].as_array().unwrap().iter().any(|method| method["name"] == "place"), "{order}");
    let ownership = shop.get("/v1/admin/ownership").await;
    let all = ownership.assert_ok()["data"].as_array().unwrap();
    let mut tables: Vec<&str> = all
        .iter()
        .flat_map(|one| one["tables"].as_array().unwrap())
        .map(|table| table.as_str().unwrap())
        .collect();
    let count = tables.len();
    tables.sort_unstable();
    tables.dedup();
    assert!(tables.contains(&"stock_levels") && tables.len() == count, "one owner each: {tables:?}");
    let order = all.iter().find(|one| one["module"] == "order").unwrap();
    let created = order["events"].as_array().unwrap().iter().find(|event| event["type"] == "order.created");
    let listeners = created.unwrap()["listeners"].as_array().unwrap();
    assert!(listeners.contains(&json!("inventory.follow_orders")), "{listeners:?}");
    assert!(order["copies"].as_array().unwrap().iter().any(|copied| copied["of"] == "catalog"), "{order}");
    assert_eq!(order["contract"]["fingerprint"].as_str().unwrap().len(), 64);
}

#[holdfast_test]
async fn events_are_shown_in_their_order(shop: TestShop) {
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let (first, second) = (alice.place([(&lamp, 1)]).await, alice.place([(&lamp, 1)]).await);
    alice.cancel(&first).await.assert_ok();
    shop.settle().await;
    let types = |events: &[Value]| -> Vec<String> {
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    };
    let all = shop.all("/v1/admin/events?module=order").await;
    assert_eq!(types(&all), ["order.created", "order.created", "order.cancelled"]);
    assert_eq!(all.iter().map(|event| event["seq"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    let of_first = shop.all(&format!("/v1/admin/events?module=order&aggregate_id={}", first.id)).await;
    assert_eq!(types(&of_first), ["order.created", "order.cancelled"]);
    let [_, created] = shop.all("/v1/admin/events?module=order&type=order.created").await.try_into().unwrap();
    assert_eq!(created["data"]["order"]["id"], second.body["id"]);
    shop.get("/v1/admin/events?module=nobody").await.assert_problem(404, "module-not-found");
    shop.get("/v1/admin/events").await.assert_problem(422, "validation");
}

/// The command must succeed and say all of this.
async fn assert_says(shop: &BinaryShop, arguments: &[&str], words: &[&str]) {
    let said = shop.holdfast(arguments).await;
    assert!(said.clean, "{arguments:?}: {}", said.output);
    for word in words {
        assert!(said.output.contains(word), "{arguments:?} does not say {word}: {}", said.output);
    }
}

async fn assert_fails(shop: &BinaryShop, arguments: &[&str], word: &str) {
    let said = shop.holdfast(arguments).await;
    assert!(!said.clean && said.output.contains(word), "{arguments:?}: {}", said.output);
}

#[holdfast_test]
async fn the_command_line_sees_and_does_the_same(engine: Engine) {
    let shop = BinaryShop::start(engine).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    let order = shop.customer("alice").await.place([(&lamp, 1)]).await;
    let follow = "inventory.follow_orders";
    assert_says(&shop, &["ownership"], &["stock_levels", "order_lines", "order.created", "of customer"])
        .await;
    assert_says(&shop, &["ownership", "--json"], &["\"inventory.follow_orders\"", "\"fingerprint\""]).await;
    assert_says(&shop, &["events", "asyncapi"], &["\"asyncapi\": \"3.0.0\"", "\"order.created\""]).await;
    assert_says(&shop, &["subscriptions", "list"], &[follow, "payment.follow_orders"]).await;
    assert_says(&shop, &["subscriptions", "pause", follow], &["Paused"]).await;
    assert_says(&shop, &["subscriptions", "list"], &["paused"]).await;
    assert_says(&shop, &["subscriptions", "resume", follow], &["goes on"]).await;
    assert_says(&shop, &["subscriptions", "replay", follow, "--after", "0", "--dry-run"], &["would hear"])
        .await;
    assert_says(&shop, &["subscriptions", "letters", follow], &[]).await;
    assert_fails(&shop, &["subscriptions", "retry", follow, "1"], "no dead letter").await;
    assert_fails(&shop, &["subscriptions", "pause", "nobody"], "no subscription").await;
    assert_says(&shop, &["sagas", "list", "--state", "stuck"], &[]).await;
    assert_fails(&shop, &["sagas", "show", &order.id], "over").await;
    assert_fails(&shop, &["sagas", "discard", &order.id, "--note", "test"], "over").await;
    // The sequencer may be a moment behind.
    shop.all("/v1/orders").await;
    while !shop.holdfast(&["events", "list", "order"]).await.output.contains(&order.id) {}
    assert_says(&shop, &["events", "show", "order", "1"], &["\"order.created\"", &order.id]).await;
    assert_fails(&shop, &["events", "list", "nobody"], "no module").await;
}
