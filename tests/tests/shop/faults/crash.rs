use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use testkit::{BinaryShop, Engine, Random, TestProduct, holdfast_test};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::clerk::{Clerk, Entry, Journal};

const KILLS: u32 = 30;
const CLERKS: usize = 16;
const PRODUCTS: usize = 8;
const INITIAL_STOCK: i64 = 200;
const RECOVERS_WITHIN: Duration = Duration::from_secs(30);

#[holdfast_test]
async fn thirty_kills_lose_nothing(engine: Engine) {
    let seed = Random::seed();
    eprintln!("seed of thirty_kills_lose_nothing on {engine:?}: HOLDFAST_SEED={seed}");
    let mut random = Random::new(seed);
    let mut shop = BinaryShop::start(engine).await;
    let products = Arc::new(stock_up(&shop).await);
    let (up, is_up) = watch::channel(true);
    let closing_time = Arc::new(AtomicBool::new(false));
    let clerks = hire(&shop, &mut random, &products, &is_up, &closing_time).await;
    for _ in 0..KILLS {
        // Time for some work: the kill comes at no particular point of it.
        tokio::time::sleep(Duration::from_millis(50 + random.below(550))).await;
        up.send_replace(false);
        shop.kill_9().await;
        shop.restart().await;
        up.send_replace(true);
    }
    let deadline = Instant::now() + RECOVERS_WITHIN;
    closing_time.store(true, Ordering::Relaxed);
    let journals = catch_up(clerks, deadline).await;
    recover(&shop, deadline).await;
    assert_orders_kept(&shop, &journals).await;
    assert_stock_adds_up(&shop, &products, &journals).await;
}

async fn stock_up(shop: &BinaryShop) -> Vec<TestProduct> {
    let mut products = Vec::new();
    for n in 0..PRODUCTS {
        products.push(shop.product(&format!("lamp-{n}")).stock(INITIAL_STOCK).create().await);
    }
    products
}

async fn hire(
    shop: &BinaryShop,
    random: &mut Random,
    products: &Arc<Vec<TestProduct>>,
    is_up: &watch::Receiver<bool>,
    closing_time: &Arc<AtomicBool>,
) -> Vec<JoinHandle<Clerk>> {
    let mut clerks = Vec::new();
    for n in 0..CLERKS {
        let clerk = Clerk {
            customer: shop.customer(&format!("customer-{n}")).await,
            products: Arc::clone(products),
            random: random.fork(),
            is_up: is_up.clone(),
            closing_time: Arc::clone(closing_time),
            journal: Journal::default(),
        };
        clerks.push(tokio::spawn(clerk.work()));
    }
    clerks
}

async fn catch_up(clerks: Vec<JoinHandle<Clerk>>, deadline: Instant) -> Vec<Journal> {
    let mut caught_up = JoinSet::new();
    for clerk in clerks {
        caught_up.spawn(clerk.await.unwrap().catch_up(deadline));
    }
    caught_up.join_all().await
}

/// Until every order is decided and every promise holds, which must be soon.
async fn recover(shop: &BinaryShop, deadline: Instant) {
    loop {
        let pending = shop.all("/v1/orders?status=pending").await;
        let checked = shop.check().await;
        if pending.is_empty() && checked.clean {
            return;
        }
        let late = Instant::now() > deadline;
        assert!(!late, "still not recovered: {}\npending: {pending:#?}\n{}", checked.output, shop.log());
    }
}

async fn assert_orders_kept(shop: &BinaryShop, journals: &[Journal]) {
    let orders = shop.all("/v1/orders").await;
    let now: HashMap<&str, &Value> =
        orders.iter().map(|order| (order["id"].as_str().unwrap(), order)).collect();
    let entries: Vec<&Entry> = journals.iter().flat_map(|journal| &journal.orders).collect();
    for entry in &entries {
        entry.assert_kept(now.get(entry.order.id.as_str()).expect("an acknowledged order is there"));
    }
    let accepted = orders.iter().filter(|order| order["status"] != "rejected").count();
    assert_eq!(accepted, entries.len(), "there are orders that nobody asked for");
    let refused: usize = journals.iter().map(|journal| journal.refused).sum();
    eprintln!("{} orders kept, {refused} refused", entries.len());
    assert!(entries.len() > 100, "too little was done for the test to mean anything");
}

/// Every acknowledged movement counts once.
async fn assert_stock_adds_up(shop: &BinaryShop, products: &[TestProduct], journals: &[Journal]) {
    let mut reserved: BTreeMap<&str, i64> = BTreeMap::new();
    for entry in journals.iter().flat_map(|journal| &journal.orders).filter(|entry| !entry.cancelled) {
        for line in entry.order.body["lines"].as_array().unwrap() {
            *reserved.entry(line["sku"].as_str().unwrap()).or_default() += line["quantity"].as_i64().unwrap();
        }
    }
    for product in products {
        let sku = product.sku.as_str();
        let adjusted: i64 = journals.iter().filter_map(|journal| journal.adjusted.get(sku)).sum();
        let stock = shop.stock(sku).await;
        let expected = (INITIAL_STOCK + adjusted, reserved.get(sku).copied().unwrap_or_default());
        assert_eq!((stock.on_hand, stock.reserved), expected, "stock of {sku}");
    }
}
