use std::sync::{Arc, Mutex};

use kernel::{BoxFut, CallCtx, Clock, Envelope, Event, Ids, SystemClock, Timestamp};
use platform::events::feed::{Ahead, Feed, Heard, Logged};
use platform::store::StoreError;

/// When everything in a script happens, unless it says otherwise.
pub const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A module's log that says what it is told to say.
#[derive(Debug)]
pub struct Script {
    source: &'static str,
    pub events: Mutex<Vec<Logged>>,
    /// The first place that is kept.
    pub first: Mutex<i64>,
}

impl Script {
    pub fn new(source: &'static str) -> Arc<Script> {
        Arc::new(Script { source, events: Mutex::default(), first: Mutex::new(1) })
    }

    /// Adds an event, at [`NOW`].
    ///
    /// # Panics
    /// When the event has no JSON form.
    pub fn tell<E: Event>(&self, id: &str, version: i64, event: &E) {
        let mut events = self.events.lock().unwrap();
        let event = Envelope {
            event_id: Ids::new().next(SystemClock.now()),
            event_type: event.event_type().to_owned(),
            schema_version: event.schema_version(),
            occurred_at: NOW,
            aggregate_type: E::AGGREGATE.to_owned(),
            aggregate_id: id.to_owned(),
            aggregate_version: version,
            correlation_id: "test".to_owned(),
            causation_id: None,
            traceparent: None,
            actor: "test".to_owned(),
            data: event.data().unwrap(),
        };
        let seq = i64::try_from(events.len()).unwrap().saturating_add(1);
        events.push(Logged::new(seq, event));
    }

    fn kept(&self) -> Vec<Logged> {
        let first = *self.first.lock().unwrap();
        self.events.lock().unwrap().iter().filter(|logged| logged.seq >= first).cloned().collect()
    }
}

impl Feed for Script {
    fn source(&self) -> &'static str {
        self.source
    }

    fn read<'a>(&'a self, _: &'a CallCtx, after: i64, limit: i64) -> BoxFut<'a, Result<Heard, StoreError>> {
        let events = self.kept().into_iter().filter(|logged| logged.seq > after);
        let events: Vec<Logged> = events.take(usize::try_from(limit).unwrap()).collect();
        let heard = Heard { log_id: Default::default(), events, complete_until: Some(NOW), generation: 0 };
        Box::pin(std::future::ready(Ok(heard)))
    }

    fn wait(&self, _: u64) -> BoxFut<'static, ()> {
        Box::pin(std::future::pending())
    }

    fn ahead<'a>(&'a self, _: &'a CallCtx, seq: i64) -> BoxFut<'a, Result<Ahead, StoreError>> {
        let events = self.kept().iter().filter(|logged| logged.seq > seq).count();
        let first = *self.first.lock().unwrap();
        let ahead = Ahead { first, events: i64::try_from(events).unwrap(), since: None };
        Box::pin(std::future::ready(Ok(ahead)))
    }
}
