//! Invariant 7, as far as stored data can tell: a log has no gap and no aggregate whose versions go back, so that whoever reads
//! it in order misses nothing and hears each thing in its order.

use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Nullable, Text};

use crate::store::{Db, StoreError};
use crate::{Violation, on};

#[derive(diesel::QueryableByName)]
struct Extent {
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    first: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last: Option<i64>,
}

#[derive(diesel::QueryableByName)]
struct Disorder {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    aggregate_id: String,
}

const EXTENT: &str = "SELECT COUNT(*) AS events, MIN(seq) AS first, MAX(seq) AS last FROM event_log";

const DISORDER: &str = "\
    SELECT seq, aggregate_id FROM ( \
        SELECT seq, aggregate_id, aggregate_version, \
            LAG(aggregate_version) OVER (PARTITION BY aggregate_id ORDER BY seq) AS earlier \
        FROM event_log \
    ) AS told WHERE earlier >= aggregate_version ORDER BY seq LIMIT 100";

/// What is wrong with the log of a module.
///
/// # Errors
/// [`StoreError`].
pub fn check(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    let violation = |subject: String, detail| Violation { invariant: 7, subject, detail };
    let extent: Extent = on!(db, |conn| diesel::sql_query(EXTENT).get_result(conn))?;
    let mut found = Vec::new();
    if let (Some(first), Some(last)) = (extent.first, extent.last)
        && last.saturating_sub(first).saturating_add(1) != extent.events
    {
        let detail = format!("has {} events from {first} to {last}", extent.events);
        found.push(violation("the event log".to_owned(), detail));
    }
    let disorders: Vec<Disorder> = on!(db, |conn| diesel::sql_query(DISORDER).load(conn))?;
    found.extend(disorders.into_iter().map(|Disorder { seq, aggregate_id }| {
        violation(aggregate_id, format!("event {seq} tells of an older version than the one before it"))
    }));
    Ok(found)
}
