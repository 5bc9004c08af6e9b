use std::time::Duration;

use testkit::wire::Trouble;
use testkit::{Engine, Processes, full_faults, holdfast_test};

use super::shift::{Shift, chances};

const HEALS_WITHIN: Duration = Duration::from_secs(60);

/// One after the other, each module is cut off from the others in every way.
#[holdfast_test]
async fn a_network_that_fails_loses_and_doubles_nothing(engine: Engine) {
    let (mut random, gateway, way) = chances(engine);
    let shop = Processes::apart(engine, &way).await;
    let shift = Shift::begin(&shop, &mut random).await;
    for (_, way) in shop.ways() {
        let troubles = if full_faults() { &Trouble::ALL[..] } else { &[*random.pick(&Trouble::ALL)] };
        for trouble in troubles {
            way.suffer(*trouble);
            // Time for some work.
            tokio::time::sleep(Duration::from_millis(500)).await;
            way.suffer(Trouble::None);
        }
    }
    shift.end(&shop, &gateway, HEALS_WITHIN).await;
}

/// What a process has copies of, it shows whoever is away, and says how old it is.
#[holdfast_test]
async fn copies_are_shown_while_their_owners_are_away(engine: Engine) {
    let shop = Processes::apart(engine, &[]).await;
    let lamp = shop.product("lamp").stock(3).create().await;
    let alice = shop.customer("alice").await;
    let order = alice.place([(&lamp, 1)]).await;
    let path = format!("/v1/orders/{}/copies", order.id);
    let copied = async { while shop.get(&path).await["customer"]["freshness"]["source_version"] != 2 {} };
    tokio::time::timeout(Duration::from_secs(30), copied).await.expect("the customer is copied");
    shop.ways().iter().for_each(|(_, way)| way.suffer(Trouble::BlackHole));
    let shown = shop.get(&path).once().await;
    assert_eq!(shown.assert_ok()["customer"]["freshness"]["source"], "customer");
    let order = shop.get(&format!("/v1/orders/{}", order.id)).once().await;
    assert_eq!(order.assert_ok()["status"], "placed");
    let away = shop.get(&format!("/v1/customers/{}", alice.id)).once().await;
    away.assert_problem(503, "unavailable");
    let noticed = async { while customers_status(&shop).await == "ok" {} };
    tokio::time::timeout(Duration::from_secs(30), noticed).await.expect("that a process is away is noticed");
    shop.ways().iter().for_each(|(_, way)| way.suffer(Trouble::None));
    shop.get(&format!("/v1/customers/{}", alice.id)).persistently().await.assert_ok();
    assert_eq!(customers_status(&shop).await, "ok");
}

/// As another process has it, which is ready all the while.
async fn customers_status(shop: &Processes) -> String {
    let ready = shop.get("/health/ready").anonymous().once().await;
    let modules = ready.assert_ok()["modules"].as_array().unwrap();
    let customers = modules.iter().find(|module| module["module"] == "customer").unwrap();
    assert_eq!(customers["elsewhere"], true);
    customers["status"].as_str().unwrap().to_owned()
}
