//! A day at a shop in trouble: clerks who work at it, and what it must have kept of their work in the evening.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use testkit::gateway::{Chances, Simulator};
use testkit::{Client, Engine, Processes, Random, TestProduct, way_to_gateway};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::clerk::Clerk;
use super::journal::{Entry, Journal};
use super::ledger::disagreements;

const CLERKS: usize = 16;
const PRODUCTS: usize = 8;
const INITIAL_STOCK: i64 = 400;

/// A gateway that declines and dawdles, and what a shop must be told to reach it.
pub(super) fn chances(engine: Engine) -> (Random, Simulator, [(&'static str, String); 3]) {
    let seed = Random::seed();
    eprintln!("on {engine:?}: HOLDFAST_SEED={seed}");
    let (gateway, way) = way_to_gateway(Chances { seed, decline_percent: 10, timeout_percent: 10 });
    (Random::new(seed), gateway, way)
}

/// Orders by invoice and by card, cancellations, shipments, captures, refunds, adjustments and new prices.
pub(super) struct Shift {
    clerks: Vec<JoinHandle<Clerk>>,
    products: Arc<Vec<TestProduct>>,
    up: watch::Sender<bool>,
    closing_time: Arc<AtomicBool>,
}

impl Shift {
    pub(super) async fn begin(shop: &Client, random: &mut Random) -> Shift {
        let products = Arc::new(stock_up(shop).await);
        let (up, is_up) = watch::channel(true);
        let closing_time = Arc::new(AtomicBool::new(false));
        let clerks = hire(shop, random, &products, &is_up, &closing_time).await;
        Shift { clerks, products, up, closing_time }
    }

    /// Whether those wait who got no answer.
    pub(super) fn set_up(&self, up: bool) {
        self.up.send_replace(up);
    }

    /// Everything that was left open has an outcome soon, and nothing of what was acknowledged is lost or done twice.
    pub(super) async fn end(self, shop: &Processes, gateway: &Simulator, recovers_within: Duration) {
        let deadline = Instant::now() + recovers_within;
        self.closing_time.store(true, Ordering::Relaxed);
        let journals = catch_up(self.clerks, deadline).await;
        recover(shop, gateway, deadline).await;
        let orders = shop.all("/v1/orders").await;
        assert_orders_kept(&orders, &journals);
        assert_captures_kept(shop, &journals).await;
        assert_stock_adds_up(shop, &self.products, &orders, &journals).await;
    }
}

async fn stock_up(shop: &Client) -> Vec<TestProduct> {
    let mut products = Vec::new();
    for n in 0..PRODUCTS {
        products.push(shop.product(&format!("lamp-{n}")).stock(INITIAL_STOCK).create().await);
    }
    products
}

async fn hire(
    shop: &Client,
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
async fn recover(shop: &Processes, gateway: &Simulator, deadline: Instant) {
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
async fn assert_captures_kept(shop: &Client, journals: &[Journal]) {
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
    shop: &Client,
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
