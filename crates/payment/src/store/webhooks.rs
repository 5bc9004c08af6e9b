use diesel::prelude::*;
use kernel::Timestamp;
use platform::on;
use platform::store::{StoreError, Time, Tx};

use crate::schema::webhook_events;

/// Notes an event, and says whether it is new.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    provider: &str,
    event_id: &str,
    event_type: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let noted = on!(tx, |conn| diesel::insert_into(webhook_events::table)
        .values((
            webhook_events::provider.eq(provider),
            webhook_events::event_id.eq(event_id),
            webhook_events::event_type.eq(event_type),
            webhook_events::received_at.eq(Time(now)),
        ))
        .on_conflict_do_nothing()
        .execute(conn))?;
    Ok(noted == 1)
}
