//! Deletes records that nobody can ask for any more.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use kernel::{CallCtx, Clock, Timestamp};
use uuid::Uuid;

use super::records::{idempotency_outcome, idempotency_record};
use crate::on;
use crate::store::{Key, Store, StoreError, one_of};
use crate::workers::Workers;

/// Replies are promised for 24 h and gone after 48 h.
const KEPT: Duration = Duration::from_secs(36 * 3600);
const PURGE_EVERY: Duration = Duration::from_secs(15 * 60);
const PURGE_BATCH: i64 = 1000;

/// Starts the worker that deletes old records. One without an outcome stays: its request is still under way.
pub fn start_purge(store: &Store, clock: Arc<dyn Clock>, workers: &Workers) {
    let store = store.clone();
    workers.spawn("idempotency-purge", move |beat| async move {
        loop {
            let before = clock.now().saturating_sub(KEPT);
            match purge(&store, before).await {
                Ok(PURGE_BATCH) => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(module = store.module(), %error, "cannot purge idempotency records")
                }
            }
            beat.rest(PURGE_EVERY).await;
        }
    });
}

/// Deletes up to a batch of the outcomes whose key was first used before `before`, with their records, and says how
/// many.
async fn purge(store: &Store, before: Timestamp) -> Result<i64, StoreError> {
    let cx = CallCtx::system("purge", Duration::from_secs(10));
    let first_kept = first_id_of(before);
    store
        .write(&cx, "platform.purge", move |tx| {
            let old: Vec<(Key, Key)> = on!(tx, |conn| idempotency_outcome::table
                .filter(idempotency_outcome::id.lt(first_kept))
                .order(idempotency_outcome::id)
                .limit(PURGE_BATCH)
                .select((idempotency_outcome::id, idempotency_outcome::scope))
                .load(conn))?;
            let (ids, scopes): (Vec<Key>, Vec<Key>) = old.into_iter().unzip();
            on!(tx, |conn| diesel::delete(
                idempotency_record::table.filter(one_of(idempotency_record::scope, &scopes))
            )
            .execute(conn))?;
            let deleted = on!(tx, |conn| diesel::delete(
                idempotency_outcome::table.filter(one_of(idempotency_outcome::id, &ids))
            )
            .execute(conn))?;
            Ok(i64::try_from(deleted).unwrap_or(0))
        })
        .await
}

/// No UUIDv7 of `at` or later is below this one (RFC 9562, 5.7: the first 48 bits are milliseconds).
pub(crate) fn first_id_of(at: Timestamp) -> Key {
    let millis = u128::try_from(at.micros() / 1_000).unwrap_or(0);
    Key(Uuid::from_u128(millis << 80))
}

#[cfg(test)]
mod tests {
    use kernel::Ids;

    use super::*;

    #[test]
    fn ids_fall_on_their_side_of_an_instant() {
        let at = |millis: i64| Timestamp::from_micros(millis * 1_000);
        assert!(Key(Ids::new().uuid(at(4_999))) < first_id_of(at(5_000)));
        assert!(Key(Ids::new().uuid(at(5_000))) > first_id_of(at(5_000)));
    }
}
