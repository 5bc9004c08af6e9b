//! A shop that moves to the other engine, with everything that is under way.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use testkit::gateway::{Chances, Simulator};
use testkit::{
    BinaryShop, Database, Engine, Reply, TestCustomer, TestOrder, TestProduct, fresh_key, holdfast_test,
    way_to_gateway,
};

const FOLLOW: &str = "inventory.follow_orders";

/// What somebody began at the old place, and asks for at the new one.
struct Story {
    lamp: TestProduct,
    alice: TestCustomer,
    /// The key and the reply of an order that was placed.
    placed: (String, Reply),
    /// Of one that waits for its customer, who is at the bank.
    waiting: (String, Reply),
}

/// Shipped, refunded, cancelled; and an order that the stock has not heard of.
async fn busy(shop: &BinaryShop) -> Story {
    let lamp = shop.product("lamp").stock(20).create().await;
    let alice = shop.customer("alice").await;
    let (key, open_key) = (fresh_key(), fresh_key());
    let reply = alice.try_place([(&lamp, 4)]).key(&key).await;
    let order = TestOrder::of(reply.assert_status(201));
    shop.ship(&order, [(&lamp, 1)]).await.assert_status(201);
    let payment = order.body["payment"]["id"].as_str().unwrap();
    let pay = |what: &str, body| shop.post(&format!("/v1/payments/{payment}/{what}"), body).key(&fresh_key());
    pay("captures", json!({})).await.assert_ok();
    pay("refunds", json!({"amount": {"amount": 100, "currency": "EUR"}})).await.assert_ok();
    let regretted = alice.place([(&lamp, 2)]).await;
    alice.cancel(&regretted).await.assert_ok();
    until(async || shop.subscription(FOLLOW).await["lag_events"] == 0).await;
    shop.post(&format!("/v1/admin/subscriptions/{FOLLOW}/pause"), json!({"paused": true})).await.assert_ok();
    let unheard = alice.place([(&lamp, 3)]).await;
    alice.cancel(&unheard).await.assert_ok();
    let accepted = alice.try_pay([(&lamp, 2)], "tok_action").key(&open_key).await;
    accepted.assert_status(202);
    Story { lamp, alice, placed: (key, reply), waiting: (open_key, accepted) }
}

/// Asks again until it is so.
async fn until(is_so: impl AsyncFn() -> bool) {
    let asked = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked).await.expect("it comes to be so");
}

async fn holdfast(database: &Arc<Database>, arguments: &[&str]) -> String {
    let done = BinaryShop::holdfast_on(database, arguments).await;
    assert!(done.clean, "{arguments:?}: {}", done.output);
    done.output
}

async fn is_refused(database: &Arc<Database>, arguments: &[&str], words: &str) {
    let done = BinaryShop::holdfast_on(database, arguments).await;
    assert!(!done.clean && done.output.contains(words), "{arguments:?}: {}", done.output);
}

/// All modules, to a database of the other engine.
async fn move_out(from: &Arc<Database>, engine: Engine) -> Arc<Database> {
    let directory = from.directory().join("move");
    let files = directory.to_str().unwrap();
    holdfast(from, &["export", "--all", "--to", files]).await;
    let to = Arc::new(Database::empty(engine).await);
    holdfast(&to, &["migrate"]).await;
    let order = directory.join("order.jsonl");
    is_refused(&to, &["import", "payment", order.to_str().unwrap()], "holds the store of order").await;
    holdfast(&to, &["import", "--all", files]).await;
    is_refused(&to, &["import", "--all", files], "not empty").await;
    assert_eq!(holdfast(&to, &["digest"]).await, holdfast(from, &["digest"]).await);
    to
}

async fn goes_on(shop: &BinaryShop, story: &Story, gateway: &Simulator) {
    let alice = story.alice.at(shop);
    let ((key, placed), (open_key, waiting)) = (&story.placed, &story.waiting);
    let again = alice.try_place([(&story.lamp, 4)]).key(key).await;
    assert!(again.is_replayed() && again.bytes == placed.bytes, "{}", again.exchange());
    let again = alice.try_pay([(&story.lamp, 2)], "tok_action").key(open_key).await;
    assert!(again.is_replayed() && again.bytes == waiting.bytes, "{}", again.exchange());
    let redirect = waiting["payment"]["redirect_url"].as_str().unwrap();
    reqwest::get(format!("{redirect}?outcome=success")).await.unwrap();
    for event in gateway.events() {
        let signature = gateway.sign(&event.body);
        let webhook = shop.post("/v1/payments/webhooks/http", json!(null)).raw(event.body).anonymous();
        webhook.header("gateway-signature", &signature).await.assert_ok();
    }
    let paid = format!("/v1/orders/{}", waiting.text("id"));
    until(async || shop.get(&paid).await.text("status") == "placed").await;

    shop.post(&format!("/v1/admin/subscriptions/{FOLLOW}/pause"), json!({"paused": false})).await.assert_ok();
    let next = alice.place([(&story.lamp, 1)]).await;
    assert!(next.number.as_str() > placed.text("number"), "numbers go on");
    // Of 20 one has left, and three, two and one are promised.
    until(async || shop.available(&story.lamp).await == 13).await;
    until(async || shop.subscription(FOLLOW).await["lag_events"] == 0).await;
    let check = shop.check().await;
    assert!(check.clean, "{}", check.output);
}

#[holdfast_test]
async fn a_shop_moves_to_the_other_engine_and_goes_on(engine: Engine) {
    let other = if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite };
    let (gateway, way) = way_to_gateway(Chances::default());
    let from = Arc::new(Database::empty(engine).await);
    let mut shop = BinaryShop::start_with(Arc::clone(&from), &way).await;
    let story = busy(&shop).await;
    is_refused(&from, &["export", "order"], "stop").await;
    shop.sigterm().await;
    assert!(shop.stopped().await.success());
    let to = move_out(&from, other).await;
    let shop = BinaryShop::start_with(to, &way).await;
    goes_on(&shop, &story, &gateway).await;
}
