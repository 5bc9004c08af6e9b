//! Logs interleave, repeat themselves and come out of order; the rows are the same.

use analytics_api::By;
use kernel::Currency;
use platform::events::feed::Logged;
use platform::store::StoreError;

use super::desk::{Desk, on_both};
use super::world::{Dice, World};
use crate::store::generation::Generation;
use crate::sums::{Bucket, Dimension, Figures, Sign, Sums};
use crate::{check, store};

const WORLDS: u64 = 4;
const STEPS: usize = 120;

/// All events of all logs: some of them twice, in any order, in batches of one log each.
fn scrambled(logs: &[Vec<Logged>; 4], dice: &mut Dice) -> Vec<(usize, Vec<Logged>)> {
    let mut all: Vec<(usize, Logged)> = Vec::new();
    for (log, events) in logs.iter().enumerate() {
        for event in events {
            let times = if dice.below(4) == 0 { 2 } else { 1 };
            all.extend((0..times).map(|_| (log, event.clone())));
        }
    }
    dice.shuffle(&mut all);
    let mut batches: Vec<(usize, Vec<Logged>)> = Vec::new();
    for (log, event) in all {
        match batches.last_mut() {
            Some((same, batch)) if *same == log && dice.below(8) > 0 => batch.push(event),
            _ => batches.push((log, vec![event])),
        }
    }
    batches
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_are_the_same_in_whatever_order_events_come() {
    on_both(|desk| async move {
        for seed in 0..WORLDS {
            let mut world = World::new(seed);
            world.happen(STEPS);
            let logs = world.tell();
            let number = 100 + i64::try_from(seed).unwrap() * 10;
            // One log after the other, as a rebuild goes.
            for (log, events) in logs.iter().enumerate() {
                desk.apply(Generation(number), log, events.clone()).await.unwrap();
            }
            let rows = desk.rows(Generation(number)).await;
            assert!(rows.len() > STEPS, "the story is too calm: {rows:#?}");
            let mut dice = Dice(seed);
            for (log, batch) in scrambled(&logs, &mut dice) {
                desk.apply(Generation(number + 1), log, batch).await.unwrap();
            }
            let scrambled = desk.rows(Generation(number + 1)).await;
            let lost: Vec<_> = rows.iter().filter(|row| !scrambled.contains(row)).collect();
            let odd: Vec<_> = scrambled.iter().filter(|row| !rows.contains(row)).collect();
            assert!(lost.is_empty() && odd.is_empty(), "seed {seed}: lost {lost:#?}, and there are {odd:#?}");
        }
    })
    .await;
}

async fn is_sound(desk: &Desk) {
    let found: Result<_, StoreError> = desk.module.foundation.store.read(&desk.cx(), check::check_sums).await;
    assert_eq!(found.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sums_are_those_of_the_orders_that_stand() {
    on_both(|desk| async move {
        let mut world = World::new(7);
        for _ in 0..4 {
            world.happen(STEPS);
            desk.say(&world.tell());
            desk.hear().await;
            is_sound(&desk).await;
            for by in [By::Day, By::Country, By::Currency, By::PaymentMethod, By::CustomerGroup, By::Category]
            {
                let report = desk.report(by).await;
                assert_eq!((report.lag_events, report.as_of.is_some()), (Some(0), true));
                for currency in [Currency::EUR, Currency::USD] {
                    let (orders, gross, refunds) = world.standing(currency);
                    let rows = || report.data.iter().filter(|row| row.currency == currency);
                    let summed = (
                        rows().map(|row| row.gross.minor()).sum(),
                        rows().map(|row| row.refunds.minor()).sum(),
                    );
                    assert_eq!(summed, (gross, refunds), "{by:?} {currency}: {report:#?}");
                    let counted: i64 = rows().map(|row| row.orders).sum();
                    assert!(if by == By::Category { counted >= orders } else { counted == orders }, "{by:?}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_changes_nothing() {
    on_both(|desk| async move {
        let mut world = World::new(11);
        world.happen(STEPS);
        let logs = world.tell();
        desk.say(&logs);
        desk.hear().await;
        let rows = desk.rows(desk.serving().await).await;
        for (log, events) in logs.iter().enumerate().rev() {
            desk.apply(desk.serving().await, log, events.clone()).await.unwrap();
        }
        assert_eq!(desk.rows(desk.serving().await).await, rows);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_heard_yet_is_told() {
    on_both(|desk| async move {
        let mut world = World::new(3);
        world.happen(STEPS);
        let logs = world.tell();
        desk.say(&logs);
        let said: usize = logs.iter().map(Vec::len).sum();
        let report = desk.report(By::Day).await;
        assert_eq!((report.lag_events, report.as_of, report.data.len()), (i64::try_from(said).ok(), None, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sum_that_leaves_64_bits_is_refused() {
    on_both(|desk| async move {
        let add = |gross: i64| {
            let bucket = Bucket {
                dimension: Dimension::Total,
                day: "2026-01-15".parse().unwrap(),
                key: String::new(),
                currency: Currency::EUR,
            };
            let mut sums = Sums::default();
            sums.add(bucket, Figures { orders: 1, gross, ..Figures::default() }, Sign::Plus).unwrap();
            desk.write(move |tx| store::sums::change(tx, Generation(1), &sums))
        };
        add(i64::MAX).await.unwrap();
        let rows = desk.rows(Generation(1)).await;
        let refused = add(1).await;
        assert!(matches!(refused, Err(StoreError::Query(_))), "{refused:?}");
        assert_eq!(desk.rows(Generation(1)).await, rows);
    })
    .await;
}
