//! Hearing another module's events: each once, in the order of its aggregate, whatever fails.
//!
//! The consumer keeps its own cursor in its own store and moves it, by compare-and-set, in the transaction that applies the
//! events. So an event is applied once however many instances try, and a crash anywhere repeats what was not
//! committed. An event that keeps failing becomes a dead letter after some attempts; later events of the same
//! aggregate are parked behind it, and all others flow.

mod apply;
mod audit;
mod dispatcher;
mod letters;
mod operate;
mod pages;
mod rows;
mod trouble;
pub mod watch;

use std::fmt;
use std::sync::Arc;

use kernel::{Envelope, Event};
use tokio::sync::Notify;

pub use self::dispatcher::Dispatcher;
pub use self::letters::{Letter, LetterState};
pub use self::operate::{OperateError, Replay};
pub use self::rows::{Standing, heard_until, place};
use super::EventVersion;
use super::feed::{Feed, Logged};
use crate::Change;
use crate::store::{StoreError, Tx};

/// An event that a listener is given.
#[derive(Clone, Debug)]
pub struct Told<'a, E> {
    pub envelope: &'a Envelope,
    pub event: &'a E,
}

impl<E: Event> Told<'_, E> {
    /// As a listener is given it.
    ///
    /// # Errors
    /// [`Fault::Younger`] when it is of a type or of a version that came later than this code; [`Fault::Refused`] when it
    /// is of another shape.
    pub fn read(logged: &Logged) -> Result<Told<'_, E>, Fault> {
        let event = logged.fact().map_err(|error| {
            let why = format!("{}: {error}", logged.event.event_type);
            if error.is_younger() { Fault::Younger(why) } else { Fault::Refused(why) }
        })?;
        Ok(Told { envelope: &logged.event, event })
    }
}

/// Why events could not be applied.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The listener cannot make sense of an event.
    #[error("{0}")]
    Refused(String),
    /// The listener is older than the event. That is not the event's fault: it waits until the listener is upgraded.
    #[error("{0}")]
    Younger(String),
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Fault {
    /// The error that says something about the database and nothing about the event, if that is what this is.
    fn outage(&self) -> Option<&StoreError> {
        // Rivals that win are none of the event's doing, either.
        let innocent = |error: &&StoreError| error.is_outage() || matches!(error, StoreError::Contended(_));
        crate::store::Failure::storage(self).filter(innocent)
    }
}

impl crate::store::Failure for Fault {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Fault::Storage(error) => Some(error),
            Fault::Refused(_) | Fault::Younger(_) => None,
        }
    }
}

type Apply = dyn Fn(&mut Tx<'_>, &Change, &[&Logged]) -> Result<(), Fault> + Send + Sync;

/// What a module does on another one's events.
#[derive(Clone)]
pub struct Subscription {
    /// Stable: the cursor is stored under it.
    name: &'static str,
    feed: Arc<dyn Feed>,
    aggregate: &'static str,
    types: &'static [&'static str],
    readable: fn() -> Vec<EventVersion>,
    /// Reads an event before it is applied. What is wrong with it shows then.
    read: fn(&Logged),
    apply: Arc<Apply>,
    /// Of whoever goes on from what was applied.
    bell: Option<Arc<Notify>>,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("name", &self.name)
            .field("source", &self.feed.source())
            .field("types", &self.types)
            .finish_non_exhaustive()
    }
}

impl Subscription {
    /// Calls `apply` with events of kind `E`, several at once and in order, in the transaction that moves the cursor. It may
    /// be called again with the same events, alone or in other company, if that transaction does not commit.
    pub fn new<E: Event>(
        name: &'static str,
        feed: Arc<dyn Feed>,
        apply: impl Fn(&mut Tx<'_>, &Change, &[Told<'_, E>]) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Subscription {
        let decoded = move |tx: &mut Tx<'_>, change: &Change, events: &[&Logged]| {
            let told: Vec<Told<'_, E>> =
                events.iter().map(|logged| Told::read(logged)).collect::<Result<_, _>>()?;
            apply(tx, change, &told)
        };
        Subscription {
            name,
            feed,
            aggregate: E::AGGREGATE,
            types: E::TYPES,
            readable: EventVersion::readable::<E>,
            read: |logged| drop(logged.fact::<E>()),
            apply: Arc::new(decoded),
            bell: None,
        }
    }

    /// Rings `bell` whenever events have been applied, once that is durable.
    pub fn ringing(self, bell: Arc<Notify>) -> Subscription {
        Subscription { bell: Some(bell), ..self }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The module that it hears.
    pub fn source(&self) -> &'static str {
        self.feed.source()
    }

    /// Event types that it applies.
    pub fn types(&self) -> &'static [&'static str] {
        self.types
    }

    /// Reads the facts of events, which is much of what applying them costs.
    fn read(&self, events: &[Logged]) {
        events.iter().filter(|logged| self.concerns(&logged.event)).for_each(self.read);
    }

    /// Events of its aggregate are all for it: one of a type that it does not know is not passed over.
    fn concerns(&self, event: &Envelope) -> bool {
        event.aggregate_type == self.aggregate
    }
}
