//! Reservations of the same SKUs in other orders, as several instances on PostgreSQL make them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use inventory_api::{AdjustStock, InventoryApi, LineQuantity, Reserve};
use kernel::Sku;
use platform::batch::Asked;

use super::stockroom::{Stockroom, TTL, postgres};
use crate::error::Error;
use crate::reserve::reserve_all;

const ORDERS: usize = 40;

/// Several lines in the order given, by an instance that waits for nobody but the database. Counts its attempts.
async fn reserve(room: &Stockroom, skus: Vec<Sku>, attempts: &Arc<AtomicUsize>) {
    let attempts = Arc::clone(attempts);
    let lines = skus.into_iter().map(|sku| LineQuantity { sku, quantity: 1 }).collect();
    let asked = Asked { cx: room.cx("test"), request: Reserve { order_id: room.order(), lines, ttl: TTL } };
    let answers = room.write(move |tx, change| {
        attempts.fetch_add(1, Ordering::Relaxed);
        reserve_all(tx, change, std::slice::from_ref(&asked))
    });
    let answers: Result<_, Error> = answers.await;
    assert!(matches!(answers.unwrap().as_slice(), [Ok(_)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_reservations_never_wait_in_a_circle() {
    let room = Stockroom::open(&postgres()).await;
    let skus: Vec<Sku> = (0..6).map(|n| Sku::parse(&format!("SKU-{n}")).unwrap()).collect();
    for sku in &skus {
        let (reason, location) = ("received".to_owned(), "main".to_owned());
        let received = AdjustStock { sku: sku.clone(), delta: 1_000, reason, location };
        room.inventory.adjust(&room.cx(sku.as_str()), received).await.unwrap();
    }
    let attempts = Arc::new(AtomicUsize::new(0));
    let along = async {
        for _ in 0..ORDERS {
            reserve(&room, skus.clone(), &attempts).await;
        }
    };
    let against = async {
        for _ in 0..ORDERS {
            reserve(&room, skus.iter().rev().cloned().collect(), &attempts).await;
        }
    };
    tokio::join!(along, against);
    assert_eq!(attempts.load(Ordering::Relaxed), 2 * ORDERS, "a reservation was begun again");
}
