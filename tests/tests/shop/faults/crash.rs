use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use testkit::gateway::{Chances, Simulator};
use testkit::{
    BinaryShop, Database, Engine, Random, TestProduct, full_faults, holdfast_test, way_to_gateway,
};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::clerk::Clerk;
use super::journal::{Entry, Journal};
use super::ledger::disagreements;

const CLERKS: usize = 16;
const PRODUCTS: usize = 8;
const INITIAL_STOCK: i64 = 400;
const RECOVERS_WITHIN: Duration = Duration::from_secs(30);

/// Orders by invoice and by card, cancellations, shipments, captures, refunds, adjustments and new prices, at a shop that
/// is killed and a gateway that declines and dawdles.
#[holdfast_test]
async fn kills_lose_nothing(engine: Engine) {
    let seed = Random::seed();
    eprintln!("seed of kills_lose_nothing on {engine:?}: HOLDFAST_SEED={seed}");
    let mut random = Random::new(seed);
    let chances = Chances { seed, decline_percent: 10, timeout_percent: 10 };
    let (gateway, way) = way_to_gateway(chances);
    let mut shop = BinaryShop::start_with(Arc::new(Database::empty(engine).await), &way).await;
    let products = Arc::new(stock_up(&shop).await);
    let (up, is_up) = watch::channel(true);
    let closing_time = Arc::new(AtomicBool::new(false));
    let clerks = hire(&shop, &mut random, &products, &is_up, &closing_time).await;
    for _ in 0..if full_faults() { 100 } else { 10 } {
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
    recover(&shop, &gateway, deadline).await;
    let orders = shop.all("/v1/orders").await;
    assert_orders_kept(&orders, &journals);
    assert_captures_kept(&shop, &journals).await;
    assert_stock_adds_up(&shop, &products, &orders, &journals).await;
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

/// Until every order is decided, every promise holds and the gateway agrees, which must be soon.
async fn recover(shop: &BinaryShop, gateway: &Simulator, deadline: Instant) {
    loop {
        let pending = shop.all("/v1/orders?status=pending").await;
        let checked = shop.check().await;
        let disagreements = disagreements(shop, gateway).await;
        if pending.is_empty() && checked.clean && disagreements.is_empty() {
            return;
        }
        let late = Instant::now() > deadline;
        assert!(
            !late,
            "still not recovered: {}\npending: {pending:#?}\nthe gateway disagrees: {disagreements:#?}\n{}",
            checked.output,
            shop.log()
        );
    }
}

fn assert_orders_kept(orders: &[Value], journals: &[Journal]) {
    let now: HashMap<&str, &Value> =
        orders.iter().map(|order| (order["id"].as_str().unwrap(), order)).collect();
    let entries: Vec<&Entry> = journals.iter().flat_map(|journal| &journal.orders).collect();
    for entry in &entries {
        entry.assert_kept(now.get(entry.order.id.as_str()).expect("an acknowledged order is there"));
    }
    let waited: Vec<&Value> = journals
        .iter()
        .flat_map(|journal| &journal.waiting)
        .map(|id| *now.get(id.as_str()).expect("an accepted order is there"))
        .collect();
    let placed_later = waited.iter().filter(|order| order["status"] == "placed").count();
    let accepted = orders.iter().filter(|order| order["status"] != "rejected").count();
    assert_eq!(accepted, entries.len() + placed_later, "there are orders that nobody asked for");
    let refused: usize = journals.iter().map(|journal| journal.refused).sum();
    eprintln!("{} orders kept, {} accepted for later, {refused} refused", entries.len(), waited.len());
    assert!(entries.len() > 50, "too little was done for the test to mean anything");
}

/// What was captured stays so, unless it was given back.
async fn assert_captures_kept(shop: &BinaryShop, journals: &[Journal]) {
    for Entry { order, .. } in
        journals.iter().flat_map(|journal| &journal.orders).filter(|entry| entry.captured)
    {
        let payment =
            shop.get(&format!("/v1/payments/{}", order.body["payment"]["id"].as_str().unwrap())).await;
        assert_eq!(payment["captured"], order.body["total"], "an acknowledged capture is lost");
    }
}

/// Every acknowledged movement counts once.
async fn assert_stock_adds_up(
    shop: &BinaryShop,
    products: &[TestProduct],
    orders: &[Value],
    journals: &[Journal],
) {
    let (mut reserved, mut shipped) = (BTreeMap::<&str, i64>::new(), BTreeMap::<&str, i64>::new());
    for order in orders {
        let sums = match order["status"].as_str().unwrap() {
            "placed" => &mut reserved,
            "shipped" | "completed" => &mut shipped,
            _ => continue,
        };
        for line in order["lines"].as_array().unwrap() {
            *sums.entry(line["sku"].as_str().unwrap()).or_default() += line["quantity"].as_i64().unwrap();
        }
    }
    for product in products {
        let sku = product.sku.as_str();
        let adjusted: i64 = journals.iter().filter_map(|journal| journal.adjusted.get(sku)).sum();
        let stock = shop.stock(sku).await;
        let of = |sums: &BTreeMap<&str, i64>| sums.get(sku).copied().unwrap_or_default();
        let expected = (INITIAL_STOCK + adjusted - of(&shipped), of(&reserved));
        assert_eq!((stock.on_hand, stock.reserved), expected, "stock of {sku}");
    }
}
