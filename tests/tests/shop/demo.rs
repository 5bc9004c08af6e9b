//! The demo shop, as the command makes it.

use std::time::Duration;

use testkit::{BinaryShop, Engine, holdfast_test};

/// Far more than it takes; it once waited for ever.
const WITHIN: Duration = Duration::from_secs(300);

#[holdfast_test]
async fn the_demo_shop_is_made_once_and_holds_what_a_shop_promises(engine: Engine) {
    let mut shop = BinaryShop::start(engine).await;
    shop.kill_9().await;
    let made = tokio::time::timeout(WITHIN, shop.holdfast(&["seed"])).await.expect("it is made");
    assert!(made.clean && made.output.contains("61 products, 40 customers"), "{}", made.output);
    let again = shop.holdfast(&["seed"]).await;
    assert!(again.clean && again.output.contains("there already"), "{}", again.output);

    shop.restart().await;
    for status in ["placed", "partially_shipped", "shipped", "completed", "cancelled"] {
        let orders = shop.get(&format!("/v1/orders?status={status}&limit=1")).await;
        assert_eq!(orders["data"].as_array().map(Vec::len), Some(1), "{status}");
    }
    let checked = shop.check().await;
    assert!(checked.clean, "{}", checked.output);
}
