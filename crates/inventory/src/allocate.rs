//! Goods for those who wait for them.

use kernel::Timestamp;
use platform::store::{StoreError, Tx};

use crate::picked::Picked;
use crate::shelf::Shelf;
use crate::store;

/// Reserves what is available for the holds that wait for it, the oldest first. Afterwards nobody waits, or nothing is
/// available: who comes later does not get what somebody waits for. A SKU that nobody waits for costs no query.
pub(crate) fn allocate(tx: &mut Tx<'_>, shelf: &mut Shelf, now: Timestamp) -> Result<(), StoreError> {
    if shelf.item.backordered == 0 || shelf.available() == 0 {
        return Ok(());
    }
    let (mut picked, mut served) = (Picked::default(), None);
    // Each waits for one at least.
    for waiting in store::backorders::oldest(tx, &shelf.item.sku, shelf.available())? {
        if shelf.available() == 0 {
            break;
        }
        let (picks, missing) = shelf.fill(waiting.quantity);
        for pick in &picks {
            picked.add(waiting.order_id, pick, "allocated", now);
        }
        match missing {
            0 => served = Some(waiting.seq),
            _ => store::backorders::shrink(tx, waiting.seq, missing)?,
        }
    }
    if let Some(last) = served {
        store::backorders::remove_until(tx, &shelf.item.sku, last)?;
    }
    store::holds::add_to_lines(tx, &picked.lines)?;
    picked.save(tx, now)
}
