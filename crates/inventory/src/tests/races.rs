//! What happens while somebody else has the SKU. On SQLite it happens afterwards, which is no other story.

use std::future::Future;
use std::time::Duration;

use diesel::RunQueryDsl;
use inventory_api::AdjustStock;
use platform::store::{Db, StoreError};

use super::stockroom::{Stockroom, lamp, on_both};
use crate::adjust;
use crate::shelf::Settings;

/// Two lamps arrive at a location, in a transaction that takes its time; `meanwhile` begins when it has the lock.
async fn while_two_arrive<R>(room: &Stockroom, location: &str, meanwhile: impl Future<Output = R>) -> R {
    let (reason, location) = ("received".to_owned(), location.to_owned());
    let received = AdjustStock { sku: lamp(), delta: 2, reason, location };
    let arrival = room.write(move |tx, change| {
        let stock = adjust::adjust(tx, change, &received)?;
        if let Db::Postgres(conn) = &mut **tx {
            diesel::sql_query("SELECT pg_sleep(0.3)").execute(*conn).map_err(StoreError::from)?;
        }
        Ok::<_, crate::error::Error>(stock)
    });
    let later = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        meanwhile.await
    };
    let (arrived, done) = tokio::join!(arrival, later);
    arrived.unwrap();
    done
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
