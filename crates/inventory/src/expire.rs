//! Holds that nobody turned into an order.

use std::time::Duration;

use kernel::CallCtx;
use platform::events::subscription::heard_until;
use platform::store::{Key, StoreError, Tx};
use platform::workers::Workers;
use platform::{Change, Foundation, bug};

use crate::reactions::FOLLOW_ORDERS;
use crate::release;
use crate::store;

const EVERY: Duration = Duration::from_secs(1);
const BUDGET: Duration = Duration::from_secs(5);
const BATCH: i64 = 200;
/// An order whose hold has run out is not placed any more; this is for one that was being placed just then, and for clocks
/// that differ.
const GRACE: Duration = Duration::from_secs(60);

pub(crate) fn start(foundation: &Foundation, workers: &Workers) {
    let foundation = foundation.clone();
    workers.spawn("inventory-expiry", move |beat| async move {
        loop {
            let cx = CallCtx::system("inventory-expiry", BUDGET);
            let change = foundation.change(&cx);
            let expired =
                foundation.store.write(&cx, "inventory.expire", move |tx| expire(tx, &change)).await;
            match expired {
                Ok(count) if i64::try_from(count).is_ok_and(|count| count == BATCH) => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "cannot look for expired holds"),
            }
            beat.rest(EVERY).await;
        }
    });
}

/// Lets holds go whose time is over, and says how many. **A lagging feed never oversells**: a hold counts as expired only
/// when everything has been heard that the order module committed until a while after its end, so that an order that was placed
/// in time has kept its stock by now. While the order module is away, stock stays held.
pub(crate) fn expire(tx: &mut Tx<'_>, change: &Change) -> Result<usize, StoreError> {
    let Some(heard) = heard_until(tx, FOLLOW_ORDERS)? else { return Ok(0) };
    let until = if bug!(ExpiryByClock) { change.now } else { heard.min(change.now) };
    let over = store::holds::expired(tx, until.saturating_sub(GRACE), BATCH)?;
    if over.is_empty() {
        return Ok(0);
    }
    let orders: Vec<_> = over.into_iter().map(Key::id).collect();
    release::release(tx, &orders, "hold expired", change)
}
