use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::json;
use testkit::{Reply, Request, Stock, TestCustomer, TestOrder, TestShop, fresh_key, holdfast_test};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

/// Each of these stories takes the whole machine: told at the same time, they would only test its patience.
static TURN: Mutex<()> = Mutex::const_new(());

/// Sends all at once; the replies come in no order.
async fn all_at_once(requests: impl IntoIterator<Item = Request>) -> Vec<Reply> {
    let mut sent = JoinSet::new();
    for request in requests {
        sent.spawn(request.persistently().into_future());
    }
    sent.join_all().await
}

async fn customers(shop: &TestShop, count: usize) -> Vec<TestCustomer> {
    let mut customers = Vec::new();
    for n in 0..count {
        customers.push(shop.customer(&format!("buyer-{n}")).await);
    }
    customers
}

fn tally(replies: &[Reply]) -> BTreeMap<(u16, &str), usize> {
    let mut tally = BTreeMap::new();
    for reply in replies {
        *tally.entry((reply.status, reply.code())).or_default() += 1;
    }
    tally
}

#[holdfast_test]
async fn a_thousand_buyers_of_ten_lamps(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let lamp = shop.product("lamp").stock(10).create().await;
    let buyers = customers(&shop, 20).await;
    let replies = all_at_once((0..1_000).map(|n| buyers[n % 20].try_place([(&lamp, 1)]))).await;
    assert_eq!(tally(&replies), BTreeMap::from([((201, ""), 10), ((409, "insufficient-stock"), 990)]));
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 10, available: 0 });
    assert_eq!(shop.all("/v1/orders?status=placed").await.len(), 10);
}

#[holdfast_test(postgres)]
async fn a_thousand_buyers_at_two_instances(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let other = shop.another_instance().await;
    let lamp = shop.product("lamp").stock(10).create().await;
    let buyers = customers(&shop, 20).await;
    let at = |n: usize| if n.is_multiple_of(2) { buyers[n % 20].clone() } else { buyers[n % 20].at(&other) };
    let replies = all_at_once((0..1_000).map(|n| at(n).try_place([(&lamp, 1)]))).await;
    assert_eq!(tally(&replies), BTreeMap::from([((201, ""), 10), ((409, "insufficient-stock"), 990)]));
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 10, reserved: 10, available: 0 });
    let numbers: HashSet<&str> = replies.iter().filter_map(|reply| reply["number"].as_str()).collect();
    assert_eq!(numbers.len(), 10);
    other.finish().await;
}

#[holdfast_test]
async fn crossing_orders_do_not_block_each_other(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let skus = ["LAMP", "CHAIR", "DESK", "BED"];
    for sku in skus {
        shop.product(&sku.to_lowercase()).stock(100).create().await;
    }
    let buyers = customers(&shop, 4).await;
    let order = |n: usize| {
        let mut lines = skus.map(|sku| (sku, 1));
        lines.rotate_left(n % 4);
        buyers[n % 4].try_place(lines)
    };
    let replies = all_at_once((0..120).map(order)).await;
    assert_eq!(tally(&replies), BTreeMap::from([((201, ""), 100), ((409, "insufficient-stock"), 20)]));
    for sku in skus {
        assert_eq!(shop.stock(sku).await, Stock { on_hand: 100, reserved: 100, available: 0 });
    }
}

/// All copies of one key at once. Gives the one outcome that they share.
async fn copies(request: Request, key: &str) -> Reply {
    let replies = all_at_once((0..20).map(|_| request.clone().key(key))).await;
    let mut distinct: Vec<&Reply> = Vec::new();
    for reply in &replies {
        if !distinct.iter().any(|seen| (seen.status, &seen.bytes) == (reply.status, &reply.bytes)) {
            distinct.push(reply);
        }
    }
    assert_eq!(distinct.len(), 1, "one key has many outcomes: {distinct:#?}");
    assert!(replies.iter().filter(|reply| !reply.is_replayed()).count() <= 1, "the work was done twice");
    distinct[0].clone()
}

#[holdfast_test]
async fn two_hundred_keys_in_twenty_copies_each(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let lamp = shop.product("lamp").stock(1_000).create().await;
    let alice = shop.customer("alice").await;
    // Many more copies than the shop admits at once, so that some are turned away and come back.
    let keys_at_once = Arc::new(Semaphore::new(50));
    let mut orders = JoinSet::new();
    for _ in 0..200 {
        let (request, keys_at_once) = (alice.try_place([(&lamp, 1)]), Arc::clone(&keys_at_once));
        orders.spawn(async move {
            let _turn = keys_at_once.acquire().await.unwrap();
            copies(request, &fresh_key()).await
        });
    }
    let orders = orders.join_all().await;
    let ids: HashSet<&str> = orders.iter().map(|order| order.assert_status(201).text("id")).collect();
    assert_eq!(ids.len(), 200);
    assert_eq!(shop.all("/v1/orders").await.len(), 200);
    assert_eq!(shop.stock(&lamp).await, Stock { on_hand: 1_000, reserved: 200, available: 800 });
}

#[holdfast_test]
async fn a_rush_is_turned_away_not_queued_without_end(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let lamp = shop.product("lamp").stock(1_000).create().await;
    let alice = shop.customer("alice").await;
    let mut sent = JoinSet::new();
    for _ in 0..600 {
        sent.spawn(alice.try_place([(&lamp, 1)]).once().into_future());
    }
    let replies = sent.join_all().await;
    let placed = replies.iter().filter(|reply| reply.status == 201).count();
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        assert!(matches!(reply.status, 503 | 504), "{}", reply.exchange());
        if reply.status == 503 {
            let seconds: u64 = reply.header("retry-after").expect("a 503 says when").parse().unwrap();
            assert!((1..=10).contains(&seconds), "{}", reply.exchange());
        }
    }
    assert!(placed > 0, "nobody was served");
    shop.settle().await;
    let orders = shop.all("/v1/orders?status=placed").await.len();
    let reserved = shop.stock(&lamp).await.reserved;
    assert_eq!((usize::try_from(reserved).unwrap(), orders >= placed), (orders, true));
}

/// Orders, receipts, losses and transfers of two SKUs that may be backordered; the `n`th of many.
fn trade(n: usize, counter: &TestShop, buyer: &TestCustomer) -> Request {
    let sku = ["LAMP", "DESK"][n / 2 % 2];
    let (from, to) = [("main", "shop"), ("shop", "main"), ("main", "attic"), ("attic", "shop")][n / 4 % 4];
    match n % 5 {
        0 | 1 => buyer.at(counter).try_place([("LAMP", 1), ("DESK", 2)]),
        2 => buyer.at(counter).try_place([(sku, 3)]),
        3 => {
            let body = json!({"from": from, "to": to, "quantity": 1 + n % 4, "reason": "moved"});
            counter.post(&format!("/v1/stock/{sku}/transfers"), body)
        }
        _ => {
            let delta = if n.is_multiple_of(3) { -2 } else { 3 };
            let body = json!({"delta": delta, "reason": "counted", "location": from});
            counter.post(&format!("/v1/stock/{sku}/adjustments"), body)
        }
    }
}

/// Ends with the check that every story ends with: stock, holds and orders agree.
async fn goods_come_go_and_move(shop: &TestShop, other: &TestShop) {
    for name in ["lamp", "desk"] {
        let product = shop.product(name).stock(20).create().await;
        let settings = json!({"backorder_limit": 15, "low_stock_threshold": 5});
        shop.put(&format!("/v1/stock/{}/settings", product.sku), settings).await.assert_ok();
    }
    let buyers = customers(shop, 4).await;
    let request = |n: usize| trade(n, if n.is_multiple_of(2) { shop } else { other }, &buyers[n % 4]);
    let replies = all_at_once((0..200).map(request)).await;
    let placed: Vec<&Reply> = replies.iter().filter(|reply| reply.body.get("number").is_some()).collect();
    let cancel = |order: &&Reply| buyers[0].at(other).cancel(&TestOrder::of(order));
    let cancelled = placed.iter().step_by(2).map(cancel);
    let later = all_at_once(cancelled.chain((200..300).map(request))).await;
    for outcome in tally(&replies).keys().chain(tally(&later).keys()) {
        let fine = matches!(outcome, (200 | 201, "") | (409, "stock-reserved" | "insufficient-stock"));
        assert!(fine, "{outcome:?}");
    }
    assert!(placed.len() > 20, "hardly anything was sold: {}", placed.len());
}

#[holdfast_test]
async fn goods_move_while_they_are_sold(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    goods_come_go_and_move(&shop, &shop).await;
}

#[holdfast_test(postgres)]
async fn goods_move_while_they_are_sold_at_two_instances(shop: TestShop) {
    let (_turn, _clock) = (TURN.lock().await, shop.run_clock());
    let other = shop.another_instance().await;
    goods_come_go_and_move(&shop, &other).await;
    other.finish().await;
}
