//! The customer module is away, and its database with it, while people buy.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use testkit::pg::{Cluster, Durability};
use testkit::{BinaryShop, Database, Engine, Stock, TestCustomer, TestProduct, full_faults, holdfast_test};
use tokio::task::JoinSet;
use tokio::time::Instant;

const BUYERS: usize = 8;
const REVIEWED_WITHIN: Duration = Duration::from_secs(30);

/// A shop whose customers are in a cluster of their own, which the test may stop.
struct Divided {
    shop: BinaryShop,
    cluster: Arc<Cluster>,
}

impl Divided {
    async fn start(engine: Engine, lenient: bool) -> Divided {
        let start = || {
            let cluster = Cluster::start(Durability::Full)?;
            cluster.create_database("customers").map(|()| cluster)
        };
        let cluster = Arc::new(tokio::task::spawn_blocking(start).await.unwrap().unwrap());
        let database = Arc::new(Database::empty(engine).await);
        let variables = [
            ("HOLDFAST_MODULES__CUSTOMER__DATABASE_URL", cluster.url("customers")),
            ("HOLDFAST_ORDERS__ACCEPT_WITHOUT_CUSTOMER", lenient.to_string()),
        ];
        let shop = BinaryShop::start_with(database, &variables).await;
        Divided { shop, cluster }
    }

    async fn on_cluster<E: Debug + Send + 'static>(&self, work: fn(&Cluster) -> Result<(), E>) {
        let cluster = Arc::clone(&self.cluster);
        tokio::task::spawn_blocking(move || work(&cluster)).await.unwrap().unwrap();
    }

    /// Once the copies have what they need: an order shows the name that it has of the customer.
    async fn stage(&self) -> (TestProduct, TestCustomer) {
        let lamp = self.shop.product("lamp").stock(10_000_000).create().await;
        let alice = self.shop.customer("alice").await;
        let order = alice.place([(&lamp, 1)]).await;
        let copied = async {
            let path = format!("/v1/orders/{}/copies", order.id);
            while self.shop.get(&path).await["customer"]["freshness"]["source_version"] != 2 {}
        };
        tokio::time::timeout(Duration::from_secs(30), copied).await.expect("the customer is copied");
        (lamp, alice)
    }

    /// Until no order is under review, which must not take long.
    async fn reviewed(&self) {
        let began = Instant::now();
        while !self.under_review().await.is_empty() {
            assert!(
                began.elapsed() < REVIEWED_WITHIN,
                "the customers are back, and orders wait\n{}",
                self.shop.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn under_review(&self) -> Vec<Value> {
        let page = self.shop.get("/v1/orders?status=needs_review&limit=1").persistently().await;
        page.assert_ok()["data"].as_array().unwrap().clone()
    }
}

/// Buys until closing time; says what came of each attempt.
async fn buy(alice: TestCustomer, lamp: TestProduct, closing_time: Arc<AtomicBool>) -> Vec<(u16, Value)> {
    let mut seen = Vec::new();
    while !closing_time.load(Ordering::Relaxed) {
        let reply = alice.try_place([(&lamp, 1)]).once().await;
        seen.push((reply.status, reply.body.clone()));
    }
    seen
}

async fn rush(alice: &TestCustomer, lamp: &TestProduct, lasts: Duration) -> Vec<(u16, Value)> {
    let (closing_time, mut buyers) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for _ in 0..BUYERS {
        buyers.spawn(buy(alice.clone(), lamp.clone(), Arc::clone(&closing_time)));
    }
    tokio::time::sleep(lasts).await;
    closing_time.store(true, Ordering::Relaxed);
    buyers.join_all().await.concat()
}

/// And the process is killed while it reviews them.
#[holdfast_test]
async fn orders_go_on_while_the_customer_module_is_away(engine: Engine) {
    let mut divided = Divided::start(engine, true).await;
    let (lamp, alice) = divided.stage().await;
    divided.on_cluster(Cluster::stop_immediate).await;
    let seen = rush(&alice, &lamp, Duration::from_secs(if full_faults() { 60 } else { 3 })).await;
    let accepted: Vec<&Value> =
        seen.iter().filter(|(status, _)| *status == 202).map(|(_, order)| order).collect();
    eprintln!("{} of {} orders accepted", accepted.len(), seen.len());
    assert!(accepted.len() > 20 && accepted.len() * 10 > seen.len() * 9, "too few were accepted");
    assert!(accepted.iter().all(|order| order["status"] == "needs_review"));

    divided.on_cluster(Cluster::start_again).await;
    divided.shop.kill_9().await;
    divided.shop.restart().await;
    divided.reviewed().await;
    let orders = divided.shop.all("/v1/orders?status=placed").await;
    let mut numbers: Vec<&str> = orders.iter().map(|order| order["number"].as_str().unwrap()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((numbers.len(), orders.len()), (orders.len(), accepted.len() + 1), "each once, and none lost");
    let checked = divided.shop.check().await;
    assert!(checked.clean, "{}\n{}", checked.output, divided.shop.log());
}

#[holdfast_test]
async fn without_leave_nothing_is_accepted_and_nothing_held(engine: Engine) {
    let divided = Divided::start(engine, false).await;
    let (lamp, alice) = divided.stage().await;
    let before = divided.shop.stock(&lamp).await;
    divided.on_cluster(Cluster::stop_immediate).await;
    let seen = rush(&alice, &lamp, Duration::from_secs(1)).await;
    assert!(!seen.is_empty() && seen.iter().all(|(status, _)| *status == 503), "{seen:?}");
    assert_eq!(divided.shop.stock(&lamp).await, Stock { ..before });
    assert_eq!(divided.shop.all("/v1/orders?status=pending").await, Vec::<Value>::new());
    assert_eq!(divided.shop.all("/v1/orders?status=needs_review").await, Vec::<Value>::new());
    divided.on_cluster(Cluster::start_again).await;
    let back = Instant::now();
    while alice.try_place([(&lamp, 1)]).once().await.status != 201 {
        assert!(back.elapsed() < REVIEWED_WITHIN, "{}", divided.shop.log());
    }
    assert_eq!(divided.shop.get("/health/ready").await.assert_ok()["status"], json!("ok"));
}
