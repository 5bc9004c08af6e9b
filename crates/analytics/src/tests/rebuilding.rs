//! Rows are made anew while the shop goes on, and are the same rows.

use std::future::Future;
use std::sync::{Arc, Mutex};

use analytics_api::By;
use tokio::runtime::Handle;

use super::desk::{Desk, on_both};
use super::world::World;
use crate::rebuild::{Progress, RebuildError};
use crate::store::generation::{self, Generation};

const STEPS: usize = 150;

async fn told(desk: &Desk, seed: u64) -> World {
    let mut world = World::new(seed);
    world.happen(STEPS);
    desk.say(&world.tell());
    desk.hear().await;
    world
}

/// In the middle of a rebuild, which tells of its progress without awaiting anything.
fn meanwhile<R>(work: impl Future<Output = R>) -> R {
    tokio::task::block_in_place(|| Handle::current().block_on(work))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_makes_the_same_rows_and_only_those_are_left() {
    on_both(|desk| async move {
        told(&desk, 1).await;
        let (serving, report) = (desk.serving().await, desk.report(By::Category).await);
        let rows = desk.rows(serving).await;
        for _ in 0..2 {
            desk.module.rebuild(|_| ()).await.unwrap();
            assert_eq!(desk.rows(desk.serving().await).await, rows);
        }
        assert_eq!(desk.serving().await, Generation(serving.0 + 2));
        assert_eq!((desk.generations().await, desk.report(By::Category).await), (1, report));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_and_hearing_go_on_meanwhile() {
    on_both(|desk| async move {
        let world = Mutex::new(told(&desk, 2).await);
        let old = desk.serving().await;
        let before = desk.report(By::Day).await;
        let steps = Mutex::new(0);
        let during = |progress: Progress| {
            if !matches!(progress, Progress::Heard { .. }) {
                return;
            }
            let (mut world, mut steps) = (world.lock().unwrap(), steps.lock().unwrap());
            *steps += 1;
            meanwhile(async {
                assert_eq!(desk.serving().await, old, "the old rows are read until the end");
                if *steps == 1 {
                    assert_eq!(desk.report(By::Day).await.data, before.data);
                }
                if *steps <= 3 {
                    world.happen(STEPS / 5);
                    desk.say(&world.tell());
                    desk.hear().await;
                }
            });
        };
        desk.module.rebuild(during).await.unwrap();
        let made = desk.rows(desk.serving().await).await;
        // Heard again by those who had heard it, the live feed changes nothing.
        desk.hear().await;
        assert_eq!(desk.rows(desk.serving().await).await, made);
        desk.module.rebuild(|_| ()).await.unwrap();
        assert_eq!(desk.rows(desk.serving().await).await, made);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crashed_rebuild_left_is_swept_away() {
    on_both(|desk| async move {
        told(&desk, 4).await;
        let (serving, rows) = (desk.serving().await, desk.rows(desk.serving().await).await);
        let crashed = desk.write(generation::begin).await.unwrap();
        let events = desk.scripts[3].events.lock().unwrap().clone();
        desk.apply(crashed, 3, events).await.unwrap();
        assert_eq!((desk.serving().await, desk.rows(serving).await), (serving, rows.clone()));
        assert_eq!(desk.generations().await, 2);
        desk.module.rebuild(|_| ()).await.unwrap();
        assert_eq!((desk.generations().await, desk.rows(desk.serving().await).await), (1, rows));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_rebuilds_the_later_one_goes_on() {
    on_both(|desk| async move {
        told(&desk, 5).await;
        let rows = desk.rows(desk.serving().await).await;
        let overtake = |progress: Progress| {
            if matches!(progress, Progress::Heard { source: "catalog", .. }) {
                meanwhile(desk.module.rebuild(|_| ())).unwrap();
            }
        };
        let overtaken = desk.module.rebuild(overtake).await;
        assert!(matches!(overtaken, Err(RebuildError::Overtaken)), "{overtaken:?}");
        assert_eq!(desk.rows(desk.serving().await).await, rows);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_its_beginning_is_refused() {
    on_both(|desk| async move {
        told(&desk, 6).await;
        let (serving, rows) = (desk.serving().await, desk.rows(desk.serving().await).await);
        *desk.scripts[3].first.lock().unwrap() = 4;
        let refused = desk.module.rebuild(|_| ()).await.unwrap_err();
        assert!(matches!(refused, RebuildError::Trimmed { source_module: "order", first: 4 }), "{refused}");
        assert!(refused.to_string().contains("begins with event 4"), "{refused}");
        *desk.scripts[3].first.lock().unwrap() = 1;
        // Trimmed while it is being read.
        let trim = |progress: Progress| {
            if matches!(progress, Progress::Heard { source: "payment", .. }) {
                *desk.scripts[3].first.lock().unwrap() = 4;
            }
        };
        let refused = desk.module.rebuild(trim).await.unwrap_err();
        assert!(matches!(refused, RebuildError::Trimmed { source_module: "order", first: 4 }), "{refused}");
        assert_eq!((desk.serving().await, desk.rows(serving).await), (serving, rows));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_log_than_was_heard_is_refused() {
    on_both(|desk| async move {
        told(&desk, 8).await;
        desk.scripts[0].events.lock().unwrap().truncate(2);
        let refused = desk.module.rebuild(|_| ()).await.unwrap_err();
        assert!(matches!(refused, RebuildError::AnotherLog { source_module: "catalog", .. }), "{refused}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_operator_discarded_is_left_out_again() {
    on_both(|desk| async move {
        let mut world = World::new(9);
        world.happen(STEPS);
        let mut logs = world.tell();
        let broken = Arc::make_mut(&mut logs[3].last_mut().unwrap().event);
        broken.data = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap();
        let seq = i64::try_from(logs[3].len()).unwrap();
        desk.say(&logs);
        desk.bury(3, seq).await;
        let refused = desk.module.rebuild(|_| ()).await.unwrap_err();
        assert!(
            matches!(refused, RebuildError::DeadLetters { subscription: "analytics.follow_orders" }),
            "{refused}"
        );
        desk.discard(3, seq).await;
        let rows = desk.rows(desk.serving().await).await;
        desk.module.rebuild(|_| ()).await.unwrap();
        assert_eq!(desk.rows(desk.serving().await).await, rows);
    })
    .await;
}
