//! What happens while somebody else has the SKU. On SQLite it happens afterwards, which is no other story.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::sql_types::BigInt;
use diesel::{PgConnection, QueryableByName, RunQueryDsl};
use inventory_api::AdjustStock;
use platform::store::{Db, StoreError};

use tokio::sync::Notify;

use super::stockroom::{Stockroom, lamp, on_both};
use crate::adjust;
use crate::shelf::Settings;

/// For the other transaction to come.
const PATIENCE: Duration = Duration::from_secs(5);

/// Two lamps arrive at a location, in a transaction that lasts until somebody waits for it; `meanwhile` begins when it has
/// the lock.
async fn while_two_arrive<R>(room: &Stockroom, location: &str, meanwhile: impl Future<Output = R>) -> R {
    let (reason, location) = ("received".to_owned(), location.to_owned());
    let received = AdjustStock { sku: lamp(), delta: 2, reason, location };
    let has_lock = Arc::new(Notify::new());
    let locked = Arc::clone(&has_lock);
    let arrival = room.write(move |tx, change| {
        let stock = adjust::adjust(tx, change, &received)?;
        locked.notify_one();
        if let Db::Postgres(conn) = &mut **tx {
            until_somebody_waits(conn)?;
        }
        Ok::<_, crate::error::Error>(stock)
    });
    let later = async {
        has_lock.notified().await;
        meanwhile.await
    };
    let (arrived, done) = tokio::join!(arrival, later);
    arrived.unwrap();
    done
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Until another transaction waits for the end of this one.
fn until_somebody_waits(conn: &mut PgConnection) -> Result<(), StoreError> {
    let sql = "SELECT COUNT(*) AS count FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid";
    let started = Instant::now();
    loop {
        let waiting: Waiting = diesel::sql_query(sql).get_result(conn)?;
        if waiting.count > 0 {
            return Ok(());
        }
        assert!(started.elapsed() < PATIENCE, "nobody waits");
    }
}

async fn backorders(room: &Stockroom) {
    room.configure(Settings { backorder_limit: 9, ..Settings::default() }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_location_that_is_just_being_added_counts() {
    on_both(|room| async move {
        backorders(&room).await;
        let order = room.order();
        while_two_arrive(&room, "shop", room.try_reserve(order, 5)).await.unwrap();
        assert_eq!(room.parts(order).await, (vec![("main".to_owned(), 3), ("shop".to_owned(), 2)], 0));
        room.assert_sound().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_gives_back_what_it_was_just_given() {
    on_both(|room| async move {
        backorders(&room).await;
        let order = room.order();
        room.try_reserve(order, 6).await.unwrap();
        while_two_arrive(&room, "main", room.release(&[order])).await;
        let stock = room.stock().await;
        assert_eq!((stock.on_hand, stock.reserved, stock.backordered), (5, 0, 0));
        room.assert_sound().await;
    })
    .await;
}
