//! Looking through a log, for people.

use diesel::prelude::*;

use super::feed::{Logged, LoggedRow};
use super::schema::event_log;
use crate::on;
use crate::store::{Db, StoreError};

/// What is looked for; everything if nothing is said.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Such as `order.created`.
    pub event_type: Option<String>,
    /// Such as `ord_…`.
    pub aggregate_id: Option<String>,
}

/// Events after `seq`, in order. On PostgreSQL those that are not in the log yet are not among them.
///
/// # Errors
/// [`StoreError`].
pub fn browse(db: &mut Db<'_>, filter: &Filter, seq: i64, limit: i64) -> Result<Vec<Logged>, StoreError> {
    let rows: Vec<LoggedRow> = on!(db, |conn| {
        let mut query = event_log::table
            .filter(event_log::seq.gt(seq))
            .order(event_log::seq)
            .limit(limit)
            .select(LoggedRow::as_select())
            .into_boxed();
        if let Some(event_type) = &filter.event_type {
            query = query.filter(event_log::event_type.eq(event_type));
        }
        if let Some(id) = &filter.aggregate_id {
            query = query.filter(event_log::aggregate_id.eq(id));
        }
        query.load(conn)
    })?;
    rows.into_iter().map(LoggedRow::read).collect()
}

/// The event at a place in the log.
///
/// # Errors
/// [`StoreError`].
pub fn at(db: &mut Db<'_>, seq: i64) -> Result<Option<Logged>, StoreError> {
    let row: Option<LoggedRow> =
        on!(db, |conn| event_log::table.find(seq).select(LoggedRow::as_select()).first(conn).optional())?;
    row.map(LoggedRow::read).transpose()
}
