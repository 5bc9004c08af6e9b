use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use testkit::pg::{Cluster, Durability};
use testkit::{
    BinaryShop, Database, Engine, Random, Request, TestCustomer, TestOrder, TestProduct, full_faults,
    holdfast_test,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

const BUYERS: usize = 8;
/// A refusal takes no time: without a pause there would be thousands of requests to ask about again.
const BEFORE_ANOTHER: Duration = Duration::from_millis(100);
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// What became of one buyer's requests.
#[derive(Default)]
struct Seen {
    placed: Vec<TestOrder>,
    /// Answered with 503 or 504, so that only their keys can tell.
    open: Vec<Request>,
}

#[holdfast_test(postgres)]
async fn a_database_that_dies_again_and_again_takes_nothing_along(_: Engine) {
    let seed = Random::seed();
    eprintln!("HOLDFAST_SEED={seed}");
    let mut random = Random::new(seed);
    let cluster = Arc::new(start().await);
    // The directory is the shop's; its tables are in a cluster that the test may stop.
    let database = Arc::new(Database::empty(Engine::Sqlite).await);
    let shop = BinaryShop::start_with(database, &[("HOLDFAST_DATABASE_URL", cluster.url("shop"))]).await;
    let lamp = shop.product("lamp").stock(10_000_000).create().await;
    let (alice, closing_time) = (shop.customer("alice").await, Arc::new(AtomicBool::new(false)));
    let mut buyers = JoinSet::new();
    for _ in 0..BUYERS {
        buyers.spawn(buy(alice.clone(), lamp.clone(), Arc::clone(&closing_time)));
    }
    for _ in 0..if full_faults() { 20 } else { 3 } {
        // Time for some work: the database dies at no particular point of it.
        tokio::time::sleep(Duration::from_millis(500 + random.below(2_000))).await;
        let dying = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || dying.stop_immediate().and_then(|()| dying.start_again()))
            .await
            .unwrap()
            .unwrap();
        assert_back(&alice, &lamp).await;
    }
    closing_time.store(true, Ordering::Relaxed);
    let seen = buyers.join_all().await;
    assert_kept(&shop, seen).await;
}

async fn start() -> Cluster {
    let start = || {
        let cluster = Cluster::start(Durability::Full)?;
        cluster.create_database("shop").map(|()| cluster)
    };
    tokio::task::spawn_blocking(start).await.unwrap().unwrap()
}

/// Nothing but 503 and 504 may come of a database that is away.
async fn buy(alice: TestCustomer, lamp: TestProduct, closing_time: Arc<AtomicBool>) -> Seen {
    let mut seen = Seen::default();
    while !closing_time.load(Ordering::Relaxed) {
        let request = alice.try_place([(&lamp, 1)]).once();
        let reply = request.clone().await;
        match reply.status {
            201 => seen.placed.push(TestOrder::of(&reply)),
            503 | 504 => {
                seen.open.push(request);
                tokio::time::sleep(BEFORE_ANOTHER).await;
            }
            _ => panic!("{}", reply.exchange()),
        }
    }
    seen
}

async fn assert_back(alice: &TestCustomer, lamp: &TestProduct) {
    let began = Instant::now();
    while alice.try_place([(lamp, 1)]).once().await.status != 201 {
        assert!(began.elapsed() < BACK_WITHIN, "the database is back, and the shop is not");
    }
}

/// What was acknowledged is there, and what was left open has an outcome.
async fn assert_kept(shop: &BinaryShop, seen: Vec<Seen>) {
    let (placed, open): (Vec<_>, Vec<_>) = seen.into_iter().map(|seen| (seen.placed, seen.open)).unzip();
    let (mut placed, open) = (placed.concat(), open.concat());
    let (acknowledged, unknown) = (placed.len(), open.len());
    for request in open {
        placed.push(TestOrder::of(request.persistently().await.assert_status(201)));
    }
    let orders = shop.all("/v1/orders").await;
    let now: HashMap<&str, &Value> =
        orders.iter().map(|order| (order["id"].as_str().unwrap(), order)).collect();
    for order in &placed {
        let now = now.get(order.id.as_str()).expect("an acknowledged order is there");
        assert_eq!((*now)["lines"], order.body["lines"]);
        assert_eq!(
            ((*now)["number"].as_str(), &(*now)["status"]),
            (Some(order.number.as_str()), &order.body["status"])
        );
    }
    eprintln!("{acknowledged} orders acknowledged, {unknown} left open");
    assert!(acknowledged > 20, "too little was done for the test to mean anything");
    let checked = shop.check().await;
    assert!(checked.clean, "{}\n{}", checked.output, shop.log());
}
