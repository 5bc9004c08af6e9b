use std::collections::BTreeSet;

use testkit::{TestShop, holdfast_test};

#[holdfast_test]
async fn a_running_shop_is_live(shop: TestShop) {
    let live = shop.get("/health/live").anonymous().await;
    assert_eq!(live.assert_ok()["status"], "ok");
}

#[holdfast_test]
async fn a_ready_shop_lists_its_modules(shop: TestShop) {
    let ready = shop.get("/health/ready").anonymous().await;
    assert_eq!(ready.assert_ok()["status"], "ok");
    let modules = ready["modules"].as_array().unwrap();
    assert!(modules.iter().all(|module| module["status"] == "ok"), "{}", ready.exchange());
    let names: BTreeSet<&str> = modules.iter().map(|module| module["module"].as_str().unwrap()).collect();
    assert!(
        names.is_superset(&BTreeSet::from([
            "catalog",
            "customer",
            "inventory",
            "notification",
            "order",
            "payment",
            "reference"
        ])),
        "{names:?}"
    );
}

#[holdfast_test]
async fn requests_and_calls_are_measured(shop: TestShop) {
    let lamp = shop.product("lamp").stock(1).create().await;
    shop.customer("alice").await.place([(&lamp, 1)]).await;
    shop.get("/v1/products/lamp").await.assert_ok();
    shop.get("/nowhere").await.assert_refused(404);
    let metrics = shop.get("/metrics").anonymous().await;
    assert!(metrics.assert_ok().header("content-type").unwrap().starts_with("text/plain"));
    let text = metrics.body.as_str().unwrap();
    let some = |parts: &[&str]| text.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    for route in ["/v1/products/{", "/v1/orders\"", "/v1/stock/{"] {
        assert!(some(&["http", &format!("route=\"{route}")]), "{route} is not measured:\n{text}");
    }
    assert!(some(&["method=\"POST\"", "route=\"/v1/orders\"", "status=\"201\""]), "{text}");
    for (module, method) in [("catalog", "quote"), ("customer", "find_destination"), ("inventory", "reserve")]
    {
        let parts = [format!("module=\"{module}\""), format!("method=\"{method}\"")];
        assert!(some(&[&parts[0], &parts[1]]), "{module}.{method} is not measured:\n{text}");
    }
    assert!(!text.contains(&lamp.id) && !text.contains("nowhere"), "a label has no bounds:\n{text}");
}
