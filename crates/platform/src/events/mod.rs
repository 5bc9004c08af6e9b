//! The event log: facts appended in the transaction that changed them.
//!
//! On SQLite the single writer gives commit order, and the log is written directly. On PostgreSQL several
//! transactions append at once and identity values say nothing about the order of commits, so they insert into a
//! small `outbox`, and the [`sequencer`] moves committed rows on with gapless numbers.

mod schema;
pub mod sequencer;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use kernel::{CallCtx, Envelope, Event, EventId, Timestamp};

use self::schema::{event_log, outbox};
use crate::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid};
use crate::{insert_all, on};

/// Wraps an event for the log; `version` is the aggregate's after the change.
///
/// # Errors
/// [`StoreError::Query`] when the event has no JSON form: a bug.
pub fn envelope<E: Event>(
    cx: &CallCtx,
    event_id: EventId,
    at: Timestamp,
    aggregate_id: String,
    version: i64,
    event: &E,
) -> Result<Envelope, StoreError> {
    Ok(Envelope {
        event_id,
        event_type: event.event_type().to_owned(),
        schema_version: event.schema_version(),
        occurred_at: at,
        aggregate_type: E::AGGREGATE.to_owned(),
        aggregate_id,
        aggregate_version: version,
        correlation_id: cx.request_id.to_string(),
        causation_id: None,
        traceparent: cx.traceparent.as_deref().map(str::to_owned),
        actor: cx.principal.to_string(),
        data: serde_json::to_value(event).map_err(|error| StoreError::Query(error.to_string()))?,
    })
}

#[derive(Insertable)]
#[diesel(table_name = event_log, treat_none_as_default_value = false)]
struct LogRow {
    event_id: Key,
    event_type: String,
    schema_version: i32,
    occurred_at: Time,
    aggregate_type: String,
    aggregate_id: String,
    aggregate_version: i64,
    correlation_id: String,
    causation_id: Option<Key>,
    traceparent: Option<String>,
    actor: String,
    data: Json,
}

/// The same columns: a second name for them on PostgreSQL.
#[derive(Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
struct OutboxRow {
    event_id: Key,
    event_type: String,
    schema_version: i32,
    occurred_at: Time,
    aggregate_type: String,
    aggregate_id: String,
    aggregate_version: i64,
    correlation_id: String,
    causation_id: Option<Key>,
    traceparent: Option<String>,
    actor: String,
    data: Json,
}

macro_rules! row_from_envelope {
    ($Row:ident) => {
        impl TryFrom<&Envelope> for $Row {
            type Error = StoreError;

            fn try_from(event: &Envelope) -> Result<$Row, StoreError> {
                Ok($Row {
                    event_id: event.event_id.into(),
                    event_type: event.event_type.clone(),
                    schema_version: i32::try_from(event.schema_version).unwrap_or(i32::MAX),
                    occurred_at: event.occurred_at.into(),
                    aggregate_type: event.aggregate_type.clone(),
                    aggregate_id: event.aggregate_id.clone(),
                    aggregate_version: event.aggregate_version,
                    correlation_id: event.correlation_id.clone(),
                    causation_id: event.causation_id.map(Key::from),
                    traceparent: event.traceparent.clone(),
                    actor: event.actor.clone(),
                    data: Json::of(&event.data)?,
                })
            }
        }
    };
}
row_from_envelope!(LogRow);
row_from_envelope!(OutboxRow);

impl Tx<'_> {
    /// Appends events, in the order given, as part of this transaction.
    ///
    /// # Errors
    /// [`StoreError`], which must end the transaction.
    pub fn append(&mut self, events: &[Envelope]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        match &mut **self {
            Db::Sqlite(conn) => {
                for event in events {
                    diesel::insert_into(event_log::table).values(LogRow::try_from(event)?).execute(*conn)?;
                }
            }
            Db::Postgres(_) => {
                let rows = events.iter().map(OutboxRow::try_from).collect::<Result<Vec<_>, _>>()?;
                insert_all!(self, outbox, &rows, {
                    event_id: Uid, event_type: Text, schema_version: Integer, occurred_at: Moment,
                    aggregate_type: Text, aggregate_id: Text, aggregate_version: BigInt, correlation_id: Text,
                    causation_id: Nullable<Uid>, traceparent: Nullable<Text>, actor: Text, data: Document
                })?;
            }
        }
        self.mark_appended();
        Ok(())
    }
}

/// How many events of `event_type` each of these aggregates has, staged ones included; aggregates without are absent.
///
/// # Errors
/// [`StoreError`].
pub fn count(
    db: &mut Db<'_>,
    event_type: &str,
    aggregate_ids: &[String],
) -> Result<std::collections::HashMap<String, i64>, StoreError> {
    let logged: Vec<String> = on!(db, |conn| event_log::table
        .filter(event_log::aggregate_id.eq_any(aggregate_ids))
        .filter(event_log::event_type.eq(event_type))
        .select(event_log::aggregate_id)
        .load(conn))?;
    let staged: Vec<String> = match db {
        Db::Sqlite(_) => Vec::new(),
        Db::Postgres(conn) => outbox::table
            .filter(outbox::aggregate_id.eq_any(aggregate_ids))
            .filter(outbox::event_type.eq(event_type))
            .select(outbox::aggregate_id)
            .load(*conn)?,
    };
    let mut counts = std::collections::HashMap::new();
    for id in logged.into_iter().chain(staged) {
        *counts.entry(id).or_insert(0) += 1;
    }
    Ok(counts)
}
