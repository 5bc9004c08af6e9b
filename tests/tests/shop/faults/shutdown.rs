use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use testkit::{BinaryShop, Connection, Engine, TestCustomer, TestProduct, fresh_key, holdfast_test};
use tokio::task::JoinSet;

const BUYERS: usize = 16;

/// What became of one buyer's requests.
#[derive(Default)]
struct Seen {
    /// Keys of orders that were answered with 201.
    placed: Vec<String>,
    /// Keys of requests on a connection that nobody had answered on yet: never accepted, if nothing came of them.
    unheard: Vec<String>,
    /// What went wrong on a connection that was alive.
    lost: Vec<String>,
}

#[holdfast_test]
async fn a_stop_under_load_loses_no_accepted_request(engine: Engine) {
    let mut shop = BinaryShop::start(engine).await;
    let lamp = shop.product("lamp").stock(1_000_000).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.new_order([(&lamp, 1)]).to_string();
    let mut buyers = JoinSet::new();
    for _ in 0..BUYERS {
        buyers.spawn(buy_until_refused(shop.address(), order.clone()));
    }
    // Time for the load to build up.
    tokio::time::sleep(Duration::from_millis(400)).await;
    shop.sigterm().await;
    let ended = shop.stopped().await;
    assert!(ended.success(), "{ended:?}\n{}", shop.log());
    let seen = buyers.join_all().await;
    let lost: Vec<&String> = seen.iter().flat_map(|seen| &seen.lost).collect();
    assert!(lost.is_empty(), "{} requests were lost: {lost:#?}\n{}", lost.len(), shop.log());
    shop.restart().await;
    assert_accounted_for(&shop, &alice, &lamp, &seen).await;
}

/// Orders without pause, over connections that are kept alive, until nobody listens any more.
async fn buy_until_refused(shop: SocketAddr, order: String) -> Seen {
    let mut seen = Seen::default();
    while let Ok(mut connection) = Connection::open(shop).await {
        let mut answered = 0;
        loop {
            let key = fresh_key();
            match connection.post("/v1/orders", &key, &order).await {
                Ok(reply) => {
                    answered += 1;
                    match reply.status {
                        201 => seen.placed.push(key),
                        503 => {}
                        status => {
                            seen.lost.push(format!("{status} {}", String::from_utf8_lossy(&reply.body)))
                        }
                    }
                    if reply.closes {
                        break;
                    }
                }
                Err(_) if answered == 0 => {
                    seen.unheard.push(key);
                    break;
                }
                Err(error) => {
                    seen.lost.push(describe(&error, answered));
                    break;
                }
            }
        }
    }
    seen
}

fn describe(error: &io::Error, answered: u32) -> String {
    format!("{error} after {answered} replies on the connection")
}

/// What was answered is there, and what was not answered never happened.
async fn assert_accounted_for(shop: &BinaryShop, alice: &TestCustomer, lamp: &TestProduct, seen: &[Seen]) {
    let orders = shop.all("/v1/orders").await;
    let by_id: HashMap<&str, &Value> =
        orders.iter().map(|order| (order["id"].as_str().unwrap(), order)).collect();
    assert_eq!(by_id.len(), orders.len());
    assert!(orders.iter().all(|order| order["status"] == "placed"), "not all orders are placed");
    let placed: usize = seen.iter().map(|seen| seen.placed.len()).sum();
    assert!(placed > BUYERS, "too little was done for the test to mean anything");
    assert_eq!(orders.len(), placed, "orders that nobody heard of");
    for key in seen.iter().flat_map(|seen| &seen.unheard) {
        let reply = alice.try_place([(lamp, 1)]).key(key).await;
        assert!(
            !reply.assert_status(201).is_replayed(),
            "accepted, but never answered: {}",
            reply.exchange()
        );
    }
}
