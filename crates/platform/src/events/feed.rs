//! The log of a module, as another module hears it.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use diesel::prelude::*;
use kernel::{BoxFut, CallCtx, Clock, Envelope, Event, ReadError, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::schema::{event_log, log_head, outbox};
use super::{EventVersion, retention, types};
use crate::on;
use crate::store::{Db, Json, Key, Store, StoreError, Time, Tx, corrupt};

/// An event with its place in the log. Cheap to clone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Logged {
    pub seq: i64,
    pub event: Arc<Envelope>,
    /// Once somebody has asked for it.
    #[serde(skip)]
    fact: Arc<OnceLock<Box<dyn Any + Send + Sync>>>,
}

impl Logged {
    pub fn new(seq: i64, event: impl Into<Arc<Envelope>>) -> Logged {
        Logged { seq, event: event.into(), fact: Arc::default() }
    }

    /// The fact itself, which is read from its JSON once. An aggregate has one type of facts.
    ///
    /// # Errors
    /// Those of [`Envelope::read`].
    pub fn fact<E: Event>(&self) -> Result<&E, ReadError> {
        if self.fact.get().is_none() {
            let fact: E = self.event.read()?;
            // Somebody else may have been faster.
            let _ = self.fact.set(Box::new(fact));
        }
        let fact = self.fact.get().and_then(|fact| fact.downcast_ref());
        fact.ok_or_else(|| ReadError::UnknownType(self.event.event_type.clone()))
    }
}

/// Events that follow each other in a log.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Places are of this log. It changes when the log is another one, such as a backup that was restored.
    pub log_id: Uuid,
    pub events: Vec<Logged>,
    /// Everything that was committed until then is in what has been read, if this is known.
    pub complete_until: Option<Timestamp>,
    /// To wait for more: [`Feed::wait`].
    pub generation: u64,
}

/// What a log has for one who heard it up to some place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ahead {
    /// Place of the first event that is kept; there is none before it.
    pub first: i64,
    /// Events after that place.
    pub events: i64,
    /// When the next of them happened.
    pub since: Option<Timestamp>,
}

/// A module's log, wherever the module is.
pub trait Feed: Send + Sync + 'static {
    /// The module whose log this is.
    fn source(&self) -> &'static str;

    /// At most `limit` events after `seq`, in order, without a gap.
    fn read<'a>(&'a self, cx: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>>;

    /// Waits until there may be more than was heard in this generation.
    fn wait(&self, generation: u64) -> BoxFut<'static, ()>;

    /// What there is after `seq`. A feed that keeps every event and knows no end needs to say nothing.
    fn ahead<'a>(&'a self, _: &'a CallCtx, _seq: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        Box::pin(async { Ok(Ahead::default()) })
    }

    /// Types and versions of the events of an aggregate that come after `seq`, without those that are `readable`.
    fn unreadable<'a>(
        &'a self,
        _: &'a CallCtx,
        _aggregate: &'a str,
        _readable: Vec<EventVersion>,
        _seq: i64,
    ) -> BoxFut<'a, Result<Vec<EventVersion>, StoreError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Tells the source that a subscription has heard all up to `seq`, and needs what follows: it is kept from now on, as
    /// far as it is there. Answers the place of the first event that is.
    fn acknowledge<'a>(
        &'a self,
        _: &'a CallCtx,
        _subscription: &'a str,
        _seq: i64,
    ) -> BoxFut<'a, Result<i64, StoreError>> {
        Box::pin(async { Ok(0) })
    }
}

/// The log of a module in this process.
#[derive(Clone)]
pub struct LocalFeed {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl LocalFeed {
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> LocalFeed {
        LocalFeed { store, clock }
    }

    /// Rises whenever the log is known to have grown.
    pub(crate) fn generation(&self) -> u64 {
        *self.store.log().borrow()
    }
}

impl Feed for LocalFeed {
    fn source(&self) -> &'static str {
        self.store.module()
    }

    fn read<'a>(&'a self, cx: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        Box::pin(async move {
            // Both before the rows are read: what is committed meanwhile is for the next time.
            let (generation, now) = (self.generation(), self.clock.now());
            let (log_id, events, staged) = self.store.read(cx, move |db| page(db, after, limit)).await?;
            let all = i64::try_from(events.len()).is_ok_and(|read| read < limit) && !staged;
            Ok(Heard { log_id, events, complete_until: all.then_some(now), generation })
        })
    }

    fn wait(&self, generation: u64) -> BoxFut<'static, ()> {
        let mut log = self.store.log();
        Box::pin(async move {
            // Fails only when the store is gone, and with it everything that could be waited for.
            let _ = log.wait_for(|now| *now != generation).await;
        })
    }

    fn ahead<'a>(&'a self, cx: &'a CallCtx, seq: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        Box::pin(async move { self.store.read(cx, move |db| retention::ahead(db, seq)).await })
    }

    fn unreadable<'a>(
        &'a self,
        cx: &'a CallCtx,
        aggregate: &'a str,
        readable: Vec<EventVersion>,
        seq: i64,
    ) -> BoxFut<'a, Result<Vec<EventVersion>, StoreError>> {
        let aggregate = aggregate.to_owned();
        let unreadable = move |db: &mut Db<'_>| types::unreadable(db, &aggregate, &readable, seq);
        Box::pin(async move { self.store.read(cx, unreadable).await })
    }

    fn acknowledge<'a>(
        &'a self,
        cx: &'a CallCtx,
        subscription: &'a str,
        seq: i64,
    ) -> BoxFut<'a, Result<i64, StoreError>> {
        let subscription = subscription.to_owned();
        let note = move |tx: &mut Tx<'_>| retention::acknowledge(tx, &subscription, seq);
        Box::pin(async move { self.store.write(cx, "platform.acknowledge", note).await })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = event_log)]
pub(super) struct LoggedRow {
    seq: i64,
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

impl LoggedRow {
    pub(super) fn read(self) -> Result<Logged, StoreError> {
        let seq = self.seq;
        let event = Envelope {
            event_id: self.event_id.id(),
            event_type: self.event_type,
            schema_version: u32::try_from(self.schema_version)
                .map_err(|error| corrupt("event_log", "schema_version", seq, error))?,
            occurred_at: self.occurred_at.0,
            aggregate_type: self.aggregate_type,
            aggregate_id: self.aggregate_id,
            aggregate_version: self.aggregate_version,
            correlation_id: self.correlation_id,
            causation_id: self.causation_id.map(Key::id),
            traceparent: self.traceparent,
            actor: self.actor,
            data: RawValue::from_string(self.data.0)
                .map_err(|error| corrupt("event_log", "data", seq, error))?,
        };
        Ok(Logged::new(seq, event))
    }
}

/// The log's id, a page of it, and whether there are committed events that have no place in it yet.
fn page(db: &mut Db<'_>, after: i64, limit: i64) -> Result<(Uuid, Vec<Logged>, bool), StoreError> {
    let Key(log_id) = on!(db, |conn| log_head::table.select(log_head::log_id).first(conn))?;
    let rows: Vec<LoggedRow> = on!(db, |conn| event_log::table
        .filter(event_log::seq.gt(after))
        .order(event_log::seq)
        .limit(limit)
        .select(LoggedRow::as_select())
        .load(conn))?;
    let staged = match db {
        Db::Sqlite(_) => false,
        Db::Postgres(conn) => {
            let first: Option<i64> = outbox::table.select(outbox::pos).limit(1).first(*conn).optional()?;
            first.is_some()
        }
    };
    let events = rows.into_iter().map(LoggedRow::read).collect::<Result<_, _>>()?;
    Ok((log_id, events, staged))
}
