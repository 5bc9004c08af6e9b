//! What `holdfast check` finds in logs and cursors.

use diesel::RunQueryDsl;
use platform::events::audit;
use platform::on;
use platform::store::{Store, StoreError};

use crate::fixture::{cx, on_both};
use crate::subscriptions::Follower;

async fn sql(store: &Store, sql: &'static str) {
    let spoilt: Result<(), StoreError> = store
        .write(&cx(), "test", move |tx| {
            on!(tx, |conn| diesel::sql_query(sql).execute(conn))?;
            Ok(())
        })
        .await;
    spoilt.unwrap();
}

async fn found(follower: &Follower) -> Vec<String> {
    let log = follower.store.read(&cx(), audit::check).await.unwrap();
    let all = log.into_iter().chain(follower.dispatcher().check().await.unwrap());
    all.map(|violation| violation.detail).collect()
}

#[test]
fn gaps_disorder_and_lost_cursors_are_found() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        for name in ["a", "b", "a", "b", "a"] {
            follower.append(name).await;
        }
        follower.catch_up().await;
        assert_eq!(found(&follower).await, Vec::<String>::new());
        sql(&follower.store, "UPDATE event_log SET aggregate_version = 9 WHERE seq = 3").await;
        assert_eq!(found(&follower).await, ["event 5 tells of an older version than the one before it"]);
        sql(&follower.store, "UPDATE event_log SET aggregate_version = 2 WHERE seq = 3").await;
        sql(&follower.store, "DELETE FROM event_log WHERE seq = 4").await;
        assert_eq!(found(&follower).await, ["has 4 events from 1 to 5"]);
        sql(&follower.store, "DELETE FROM event_log WHERE seq = 5").await;
        assert_eq!(found(&follower).await, ["its cursor 5 is beyond the end of its source's log"]);
        sql(&follower.store, "UPDATE subscription SET seq = 3").await;
        assert_eq!(found(&follower).await, Vec::<String>::new());
    });
}
