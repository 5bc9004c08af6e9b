//! The end of every change: what it did to the items, and the events of it.

use platform::Change;
use platform::events::NewEvent;
use platform::store::{StoreError, Tx};

use crate::shelf::{Item, Shelf};
use crate::store;

/// Writes the items of the shelves that something happened to, and appends their events.
pub(crate) fn settle(tx: &mut Tx<'_>, change: &Change, shelves: &mut [Shelf]) -> Result<(), StoreError> {
    let mut events = Vec::new();
    let mut changed: Vec<&Item> = Vec::new();
    for Shelf { item, events: told, .. } in shelves.iter_mut().filter(|shelf| !shelf.events.is_empty()) {
        item.updated_at = change.now;
        for (version, event) in told {
            events.push(NewEvent::new(change, &item.sku.key(), *version, event)?);
        }
        changed.push(item);
    }
    store::items::save(tx, &changed)?;
    tx.append(&events)
}
