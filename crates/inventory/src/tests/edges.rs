//! Events of lines that what is available crosses.

use inventory_api::{LineQuantity, Reserve};
use platform::batch::Asked;
use serde_json::{Value, json};

use super::stockroom::{Stockroom, TTL, lamp, on_both};
use crate::reserve;
use crate::shelf::Settings;

const LOW_AT_2: Settings = Settings { backorder_limit: 0, low_stock_threshold: Some(2) };

/// What was told of lines that were crossed.
async fn crossings(room: &Stockroom) -> Vec<(String, Value)> {
    let told = room.told().await.into_iter();
    told.filter(|event| !matches!(event.event_type.as_str(), "stock.adjusted" | "stock.transferred"))
        .map(|event| (event.event_type, serde_json::from_str(event.data.get()).unwrap()))
        .collect()
}

fn back(available: i64) -> (String, Value) {
    ("stock.back".to_owned(), json!({"sku": "LAMP", "available": available}))
}

fn low(available: i64) -> (String, Value) {
    ("stock.low".to_owned(), json!({"sku": "LAMP", "available": available, "threshold": 2}))
}

fn out() -> (String, Value) {
    ("stock.out".to_owned(), json!({"sku": "LAMP"}))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_crossing_is_told_once() {
    on_both(|room| async move {
        assert_eq!(crossings(&room).await, [back(3)]);
        room.configure(LOW_AT_2).await;
        let orders = [room.order(), room.order(), room.order()];
        for order in orders {
            room.try_reserve(order, 1).await.unwrap();
        }
        let mut expected = vec![back(3), low(2), out()];
        assert_eq!(crossings(&room).await, expected);
        // Asked again, refused, or moved: nothing crosses.
        room.try_reserve(orders[0], 1).await.unwrap();
        room.try_reserve(room.order(), 1).await.unwrap_err();
        assert_eq!(crossings(&room).await, expected);
        room.release(&orders).await;
        room.release(&orders).await;
        expected.push(back(3));
        assert_eq!(crossings(&room).await, expected);
        room.try_transfer(3, "main", "shop").await.unwrap();
        room.adjust(1).await.unwrap();
        room.adjust(-1).await.unwrap();
        assert_eq!(crossings(&room).await, expected);
        room.try_reserve(room.order(), 3).await.unwrap();
        expected.extend([low(0), out()]);
        assert_eq!(crossings(&room).await, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_tells_where_it_led_and_not_how() {
    on_both(|room| async move {
        room.configure(LOW_AT_2).await;
        let asked = |order_id| {
            let lines = vec![LineQuantity { sku: lamp(), quantity: 1 }];
            Asked { cx: room.cx("batch"), request: Reserve { order_id, lines, ttl: TTL } }
        };
        let batch: Vec<_> = (0..5).map(|_| asked(room.order())).collect();
        let answers = room.write(move |tx, change| reserve::reserve_all(tx, change, &batch)).await;
        assert_eq!(answers.unwrap().iter().filter(|answer| answer.is_ok()).count(), 3);
        assert_eq!(crossings(&room).await, [back(3), low(0), out()]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_threshold_tells_nothing_of_what_is_low_already() {
    on_both(|room| async move {
        room.configure(Settings { low_stock_threshold: Some(10), ..LOW_AT_2 }).await;
        room.adjust(-1).await.unwrap();
        assert_eq!(crossings(&room).await, [back(3)]);
        room.adjust(9).await.unwrap();
        room.configure(Settings::default()).await;
        room.adjust(-9).await.unwrap();
        assert_eq!(crossings(&room).await, [back(3)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_numbered_without_a_gap() {
    on_both(|room| async move {
        room.configure(LOW_AT_2).await;
        room.adjust(-3).await.unwrap();
        room.adjust(3).await.unwrap();
        let told = room.told().await;
        let kinds: Vec<&str> = told.iter().map(|event| event.event_type.as_str()).collect();
        let (moved, fallen) = ("stock.adjusted", ["stock.low", "stock.out"]);
        assert_eq!(kinds, [moved, "stock.back", moved, fallen[0], fallen[1], moved, "stock.back"]);
        let versions: Vec<i64> = told.iter().map(|event| event.aggregate_version).collect();
        assert_eq!(versions, (1..=7).collect::<Vec<i64>>());
    })
    .await;
}
