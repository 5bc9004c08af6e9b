use std::time::Duration;

use testkit::gateway::Simulator;
use testkit::{Engine, Processes, Random, full_faults, holdfast_test};

use super::shift::{Shift, chances};

const RECOVERS_WITHIN: Duration = Duration::from_secs(30);

#[holdfast_test]
async fn kills_lose_nothing(engine: Engine) {
    let (random, gateway, way) = chances(engine);
    let shop = Processes::together(engine, &way).await;
    kill(shop, if full_faults() { 100 } else { 10 }, random, &gateway).await;
}

#[holdfast_test]
async fn kills_of_any_process_lose_nothing(engine: Engine) {
    let (random, gateway, way) = chances(engine);
    let shop = Processes::apart(engine, &way).await;
    kill(shop, if full_faults() { 30 } else { 4 }, random, &gateway).await;
}

async fn kill(mut shop: Processes, times: usize, mut random: Random, gateway: &Simulator) {
    let shift = Shift::begin(&shop, &mut random).await;
    for _ in 0..times {
        // Time for some work: the kill comes at no particular point of it.
        tokio::time::sleep(Duration::from_millis(50 + random.below(550))).await;
        shift.set_up(false);
        shop.kill_one(&mut random).await;
        shift.set_up(true);
    }
    shift.end(&shop, gateway, RECOVERS_WITHIN).await;
}
