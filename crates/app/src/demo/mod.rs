//! The demo shop: made through the modules' APIs, as its customers and its shopkeeper would make it.
//!
//! The clock is turned to the moment of each step, so that what the steps leave behind is as old as it says.
//! Every step has a key of its own: a seeding that was killed is finished by seeding again.

mod dice;
mod goods;
mod people;
mod plan;
mod seeder;

use std::sync::Arc;

use kernel::{ManualClock, Timestamp};
use tokio::task::JoinSet;

use self::plan::Step;
use self::seeder::Seeder;
use crate::wiring::Apis;

/// What the demo shop has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seeded {
    pub products: usize,
    pub customers: usize,
    /// Placed, cancelled ones included.
    pub orders: usize,
}

/// Makes the demo shop, which opened a hundred days before `today`. `None` if it is there already: its last
/// product is in the catalog.
///
/// `clock` must be the one that the modules go by; `settle` lets them hear of each other.
pub(crate) async fn seed(
    apis: &Apis,
    clock: &ManualClock,
    today: Timestamp,
    settle: impl AsyncFn() -> anyhow::Result<()>,
) -> anyhow::Result<Option<Seeded>> {
    let seeder = Arc::new(Seeder::new(apis.clone()));
    if seeder.is_done().await? {
        return Ok(None);
    }
    for (at, steps) in plan::plan(today) {
        clock.set(at);
        // Payments are there once their orders were heard of.
        if steps.iter().any(|step| matches!(step, Step::Collect { .. })) {
            settle().await?;
        }
        let mut together = JoinSet::new();
        for step in steps {
            let seeder = Arc::clone(&seeder);
            together.spawn(async move { seeder.take(step).await });
        }
        while let Some(done) = together.join_next().await {
            done??;
        }
    }
    Ok(Some(seeder.made()))
}
