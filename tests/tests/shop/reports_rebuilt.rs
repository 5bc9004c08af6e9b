//! The rows of reports, made anew beside a shop.

use std::sync::Arc;

use serde_json::Value;
use testkit::{BinaryShop, Client, Database, Engine, holdfast_test};

const SALES: &str = "/v1/reports/sales?from=2026-01-01&to=2029-12-31";

/// The shop's report, once it has heard of so many orders that stand.
async fn heard(shop: &Client, orders: i64) -> Value {
    loop {
        let report = shop.get(&format!("{SALES}&by=country")).await;
        if report.assert_ok()["lag_events"] == 0 && report["data"][0]["orders"] == orders {
            return report["data"].clone();
        }
    }
}

#[holdfast_test]
async fn a_rebuild_beside_the_shop_makes_the_same_reports(engine: Engine) {
    let shop = BinaryShop::start(engine).await;
    let lamp = shop.product("lamp").stock(99).create().await;
    let alice = shop.customer("alice").await;
    let mut orders = Vec::new();
    for _ in 0..5 {
        orders.push(alice.place([(&lamp, 1)]).await);
    }
    alice.cancel(&orders[0]).await.assert_ok();
    heard(&shop, 4).await;
    let (rebuilt, ()) = tokio::join!(shop.holdfast(&["analytics", "rebuild"]), async {
        for _ in 0..5 {
            alice.place([(&lamp, 1)]).await;
        }
    });
    assert!(rebuilt.clean && rebuilt.output.contains("The new rows are read"), "{}", rebuilt.output);
    heard(&shop, 9).await;
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}

#[holdfast_test]
async fn what_was_trimmed_is_not_rebuilt(engine: Engine) {
    let database = Arc::new(Database::empty(engine).await);
    let mut shop = BinaryShop::start_on(Arc::clone(&database)).await;
    let lamp = shop.product("lamp").stock(99).create().await;
    let alice = shop.customer("alice").await;
    for _ in 0..3 {
        alice.place([(&lamp, 1)]).await;
    }
    let before = heard(&shop, 3).await;
    let config = "[events]\ntrim = true\nkeep = '0s'\n";
    std::fs::write(database.directory().join("holdfast.toml"), config).unwrap();
    shop.restart().await;
    let refused = loop {
        let rebuilt = shop.holdfast(&["analytics", "rebuild"]).await;
        if !rebuilt.clean {
            break rebuilt.output;
        }
    };
    assert!(refused.contains("begins with event"), "{refused}");
    assert_eq!(heard(&shop, 3).await, before);
}
