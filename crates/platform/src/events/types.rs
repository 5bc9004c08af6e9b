//! Which types of events a log has, and in which versions: a listener that cannot read one of them should be found out at the
//! start, not by its dead letters.
//!
//! Whoever writes to the log notes what is new in `event_type`, so the question is answered by a few rows, however long the
//! log is. Only what the listener does not know is looked for in the log itself.

use std::collections::BTreeSet;

use diesel::prelude::*;
use kernel::{Event, Upcast};
use serde::{Deserialize, Serialize};

use super::NewEvent;
use super::schema::{event_log, event_type, outbox};
use crate::on;
use crate::store::{Db, StoreError};

/// A type of event in a version. Of a listener: the newest that it can read, and all that are older.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventVersion {
    /// `order.created`
    pub event_type: String,
    pub version: i32,
}

impl EventVersion {
    /// What a listener to events of this kind can read.
    pub fn readable<E: Event>() -> Vec<EventVersion> {
        let newest = |event_type: &&str| EventVersion {
            event_type: (*event_type).to_owned(),
            version: i32::try_from(Upcast::newest(E::UPCASTS, event_type)).unwrap_or(i32::MAX),
        };
        E::TYPES.iter().map(newest).collect()
    }

    fn reads(&self, (event_type, version): &(String, i32)) -> bool {
        self.event_type == *event_type && self.version >= *version
    }
}

/// Notes what is about to be logged. For SQLite: on PostgreSQL the sequencer does it.
pub(super) fn note(conn: &mut SqliteConnection, events: &[NewEvent]) -> Result<(), StoreError> {
    let types: BTreeSet<_> =
        events.iter().map(|event| (event.aggregate_type, event.event_type, event.schema_version)).collect();
    for (aggregate, of, version) in types {
        diesel::insert_into(event_type::table)
            .values((
                event_type::aggregate.eq(aggregate),
                event_type::name.eq(of),
                event_type::schema_version.eq(version),
            ))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

/// What the events of an aggregate that come after `seq` have and the listener cannot read.
pub(super) fn unreadable(
    db: &mut Db<'_>,
    aggregate: &str,
    readable: &[EventVersion],
    seq: i64,
) -> Result<Vec<EventVersion>, StoreError> {
    let unknown = |of: &(String, i32)| !readable.iter().any(|known| known.reads(of));
    let mut logged: Vec<(String, i32)> = on!(db, |conn| event_type::table
        .filter(event_type::aggregate.eq(aggregate))
        .select((event_type::name, event_type::schema_version))
        .order((event_type::name, event_type::schema_version))
        .load(conn))?;
    logged.retain(unknown);
    let mut found = staged(db, aggregate)?;
    found.retain(unknown);
    for (of, version) in logged {
        let next: Option<i64> = on!(db, |conn| event_log::table
            .filter(event_log::seq.gt(seq))
            .filter(event_log::event_type.eq(&of))
            .filter(event_log::schema_version.eq(version))
            .select(event_log::seq)
            .order(event_log::seq)
            .first(conn)
            .optional())?;
        found.extend(next.map(|_| (of, version)));
    }
    Ok(found.into_iter().map(|(event_type, version)| EventVersion { event_type, version }).collect())
}

/// Of events that have no place in the log yet.
fn staged(db: &mut Db<'_>, aggregate: &str) -> Result<Vec<(String, i32)>, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(Vec::new()),
        Db::Postgres(conn) => Ok(outbox::table
            .filter(outbox::aggregate_type.eq(aggregate))
            .select((outbox::event_type, outbox::schema_version))
            .distinct()
            .load(*conn)?),
    }
}
