//! The event log: facts appended in the transaction that changed them.
//!
//! On SQLite the single writer gives commit order, and the log is written directly. On PostgreSQL several
//! transactions append at once and identity values say nothing about the order of commits, so they insert into a
//! small `outbox`, and the [`sequencer`] moves committed rows on with gapless numbers.

pub mod audit;
pub mod browse;
pub mod feed;
pub mod listen;
pub mod retention;
mod schema;
pub mod sequencer;
pub mod shared;
pub mod subscription;
mod types;

use std::fmt::Display;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use kernel::Event;

use self::schema::{event_log, outbox};
pub use self::types::EventVersion;
use crate::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use crate::{Change, bug, insert_all, on};

/// An event on its way into the log: an [`Envelope`](kernel::Envelope) whose data is text already.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = event_log, treat_none_as_default_value = false)]
pub struct NewEvent {
    event_id: Key,
    event_type: &'static str,
    schema_version: i32,
    occurred_at: Time,
    aggregate_type: &'static str,
    aggregate_id: String,
    aggregate_version: i64,
    correlation_id: String,
    causation_id: Option<Key>,
    traceparent: Option<String>,
    actor: String,
    data: Json,
}

impl NewEvent {
    /// `version` is the aggregate's after the change.
    ///
    /// # Errors
    /// [`StoreError::Query`] when the event has no JSON form: a bug.
    pub fn new<E: Event>(
        change: &Change,
        aggregate: &impl Display,
        version: i64,
        event: &E,
    ) -> Result<NewEvent, StoreError> {
        Ok(NewEvent {
            event_id: Key(change.ids.uuid(change.now)),
            event_type: event.event_type(),
            schema_version: i32::try_from(event.schema_version()).unwrap_or(i32::MAX),
            occurred_at: change.now.into(),
            aggregate_type: E::AGGREGATE,
            aggregate_id: aggregate.to_string(),
            aggregate_version: version,
            correlation_id: change.cx.request_id.to_string(),
            causation_id: None,
            traceparent: change.cx.traceparent.as_deref().map(str::to_owned),
            actor: change.cx.principal.to_string(),
            data: Json(event.data().map_err(|error| StoreError::Query(error.to_string()))?.get().to_owned()),
        })
    }
}

impl Tx<'_> {
    /// Appends events, in the order given, as part of this transaction.
    ///
    /// # Errors
    /// [`StoreError`], which must end the transaction.
    pub fn append(&mut self, events: &[NewEvent]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        bug!(EventAfterCommit => self.go_on_in_another()?);
        match &mut **self {
            Db::Sqlite(conn) => {
                types::note(conn, events)?;
                for event in events {
                    diesel::insert_into(event_log::table).values(event).execute(*conn)?;
                }
            }
            Db::Postgres(conn) => {
                insert_all!(Db::Postgres(conn), outbox, events, {
                    event_id: Uid, event_type: Text, schema_version: Integer, occurred_at: Moment,
                    aggregate_type: Text, aggregate_id: Text, aggregate_version: BigInt, correlation_id: Text,
                    causation_id: Nullable<Uid>, traceparent: Nullable<Text>, actor: Text, data: Document
                })?;
                bug!(UnsequencedLog => crate::bugs::log_at_once(conn)?);
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
        .filter(one_of(event_log::aggregate_id, aggregate_ids))
        .filter(event_log::event_type.eq(event_type))
        .select(event_log::aggregate_id)
        .load(conn))?;
    let staged: Vec<String> = match db {
        Db::Sqlite(_) => Vec::new(),
        Db::Postgres(conn) => outbox::table
            .filter(one_of(outbox::aggregate_id, aggregate_ids))
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
