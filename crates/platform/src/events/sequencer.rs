//! Moves committed events from the staging table to the log, with gapless numbers (PostgreSQL only).
//!
//! Sound under READ COMMITTED because only committed rows are visible: a late commit gets a later number, so
//! `seq > cursor` never skips one. Any instance may run it; the row lock on `log_head` lets one at a time, and the
//! others go away instead of waiting.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use kernel::CallCtx;

use super::schema::{log_head, outbox};
use crate::store::{Db, Engine, Prepared, Store, StoreError};
use crate::workers::Workers;

const BATCH: i64 = 500;
/// For events that another instance appended and did not live to sequence.
const FALLBACK: Duration = Duration::from_millis(500);

const GIVEN: &str = "WITH given (last, most) AS (SELECT ";
const MOVE: &str = "\
    ), moved AS ( \
        DELETE FROM outbox WHERE pos IN (SELECT pos FROM outbox ORDER BY pos LIMIT (SELECT most FROM given)) RETURNING * \
    ), types AS ( \
        INSERT INTO event_type SELECT DISTINCT aggregate_type, event_type, schema_version FROM moved ON CONFLICT DO NOTHING \
    ) \
    INSERT INTO event_log (seq, event_id, event_type, schema_version, occurred_at, aggregate_type, aggregate_id, \
                           aggregate_version, correlation_id, causation_id, traceparent, actor, data) \
    SELECT last + row_number() OVER (ORDER BY pos), event_id, event_type, schema_version, occurred_at, aggregate_type, \
           aggregate_id, aggregate_version, correlation_id, causation_id, traceparent, actor, data \
    FROM moved, given";

/// Other instances are told once this has committed: [`listen`](super::listen).
const ADVANCE: &str = "UPDATE log_head SET last_seq = ";
const TELL: &str = " RETURNING pg_notify('holdfast_' || current_schema(), last_seq::text)";

/// Starts the store's sequencer; SQLite needs none.
pub fn start(store: &Store, workers: &Workers) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    let store = store.clone();
    workers.spawn("sequencer", move |beat| async move {
        loop {
            let cx = CallCtx::system("sequencer", Duration::from_secs(5));
            match run_once(&store, &cx).await {
                Ok(moved) if moved == BATCH => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(module = store.module(), %error, "cannot sequence events"),
            }
            beat.pause(FALLBACK, store.appended()).await;
        }
    });
}

/// Whether committed events are yet to be moved.
pub(crate) fn has_staged(db: &mut Db<'_>) -> Result<bool, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(false),
        Db::Postgres(conn) => {
            Ok(diesel::select(diesel::dsl::exists(outbox::table.select(outbox::pos))).get_result(*conn)?)
        }
    }
}

/// Moves one batch and says how many events it held; 0 where another instance is at it.
///
/// # Errors
/// [`StoreError`].
pub async fn run_once(store: &Store, cx: &CallCtx) -> Result<i64, StoreError> {
    let (moved, last) = store
        .write::<_, StoreError, _>(cx, "platform.sequence", |tx| {
            let Db::Postgres(conn) = &mut **tx else { return Ok((0, 0)) };
            let head: Option<i64> = log_head::table
                .select(log_head::last_seq)
                .for_update()
                .skip_locked()
                .first(*conn)
                .optional()?;
            let Some(last) = head else { return Ok((0, 0)) };
            // A statement of its own, so that its snapshot is younger than the lock.
            let given = (last.into_sql::<BigInt>(), BATCH.into_sql::<BigInt>());
            enum Move {}
            let moved = Prepared::<Move, _>::new(GIVEN, given, MOVE).execute(*conn)?;
            let moved = i64::try_from(moved).unwrap_or(0);
            let last = last.saturating_add(moved);
            if moved > 0 {
                enum Advance {}
                Prepared::<Advance, _>::new(ADVANCE, last.into_sql::<BigInt>(), TELL).execute(*conn)?;
            }
            Ok((moved, last))
        })
        .await?;
    if moved > 0 {
        store.logged_up_to(last);
    }
    Ok(moved)
}
