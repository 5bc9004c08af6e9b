//! Which types of events a log has: a listener that cannot read one of them should be found out at the start, not by
//! its dead letters.
//!
//! Whoever writes to the log notes types that are new in `event_type`, so the question is answered by a few rows,
//! however long the log is. Only a type that the listener does not know is looked for in the log itself.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::NewEvent;
use super::schema::{event_log, event_type, outbox};
use crate::on;
use crate::store::{Db, StoreError};

/// Notes the types of events that are about to be logged. For SQLite: on PostgreSQL the sequencer does it.
pub(super) fn note(conn: &mut SqliteConnection, events: &[NewEvent]) -> Result<(), StoreError> {
    let types: BTreeSet<_> = events.iter().map(|event| (event.aggregate_type, event.event_type)).collect();
    for (aggregate, of) in types {
        diesel::insert_into(event_type::table)
            .values((event_type::aggregate.eq(aggregate), event_type::name.eq(of)))
            .on_conflict_do_nothing()
            .execute(conn)?;
    }
    Ok(())
}

/// Types of the events of an aggregate that come after `seq`, without those that are known.
pub(super) fn unknown(
    db: &mut Db<'_>,
    aggregate: &str,
    known: &[String],
    seq: i64,
) -> Result<Vec<String>, StoreError> {
    let mut types: Vec<String> = on!(db, |conn| event_type::table
        .filter(event_type::aggregate.eq(aggregate))
        .select(event_type::name)
        .load(conn))?;
    types.retain(|of| !known.contains(of));
    let mut unknown = staged(db, aggregate)?;
    unknown.retain(|of| !known.contains(of));
    for of in types {
        let next: Option<i64> = on!(db, |conn| event_log::table
            .filter(event_log::seq.gt(seq))
            .filter(event_log::event_type.eq(&of))
            .select(event_log::seq)
            .order(event_log::seq)
            .first(conn)
            .optional())?;
        unknown.extend(next.map(|_| of));
    }
    Ok(unknown)
}

/// Of events that have no place in the log yet.
fn staged(db: &mut Db<'_>, aggregate: &str) -> Result<Vec<String>, StoreError> {
    match db {
        Db::Sqlite(_) => Ok(Vec::new()),
        Db::Postgres(conn) => Ok(outbox::table
            .filter(outbox::aggregate_type.eq(aggregate))
            .select(outbox::event_type)
            .distinct()
            .load(*conn)?),
    }
}
