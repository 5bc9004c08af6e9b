//! The end of every change: what it did to the items, and the events of it.

use platform::Change;
use platform::events::NewEvent;
use platform::store::{StoreError, Tx};

use crate::edges::crossed;
use crate::shelf::{Item, Shelf};
use crate::store;

/// Writes the items of the shelves that something happened to, and appends their events, last those of the lines that
/// the change as a whole crossed. What goes back and forth
/// in one change is not told.
pub(crate) fn settle(tx: &mut Tx<'_>, change: &Change, shelves: &mut [Shelf]) -> Result<(), StoreError> {
    let mut events = Vec::new();
    let mut changed: Vec<&Item> = Vec::new();
    for shelf in shelves {
        for event in crossed(&shelf.item, shelf.available_before(), shelf.available()) {
            shelf.tell(event);
        }
        let Some((item, told)) = shelf.outcome(change.now) else { continue };
        for (version, event) in told {
            events.push(NewEvent::new(change, &item.sku.key(), *version, event)?);
        }
        changed.push(item);
    }
    store::items::save(tx, &changed)?;
    tx.append(&events)
}
