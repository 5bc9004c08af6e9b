//! Locked SKUs in memory: what may be taken from where. Pure.

use std::collections::BTreeMap;

use inventory_api::{LineQuantity, Shortage};
use platform::bug;

use crate::shelf::{Item, Level, Pick, Shelf};

/// What a hold was granted.
#[derive(Debug, Default)]
pub(crate) struct Granted {
    pub picks: Vec<Pick>,
    /// What it waits for.
    pub backorders: Vec<LineQuantity>,
}

/// Locked SKUs, by their keys.
#[derive(Debug, Default)]
pub(crate) struct Levels(BTreeMap<String, Shelf>);

impl Levels {
    /// A level as it was found.
    pub(crate) fn insert(&mut self, item: Item, location: String, level: Level) {
        let shelf = self.0.entry(item.sku.key()).or_insert_with(|| Shelf::new(item));
        shelf.insert(location, level);
    }

    /// Whether no level is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.0.values().all(Shelf::is_complete)
    }

    pub(crate) fn into_shelves(self) -> Vec<Shelf> {
        self.0.into_values().collect()
    }

    /// Gives back what was reserved at a location, and says what that leaves there.
    pub(crate) fn release(&mut self, sku_key: &str, location: &str, quantity: i64) -> Level {
        let shelf = self.0.get_mut(sku_key);
        shelf.map(|shelf| shelf.release(location, quantity)).unwrap_or_default()
    }

    /// What was reserved at a location leaves; says what that leaves there.
    pub(crate) fn ship(&mut self, sku_key: &str, location: &str, quantity: i64) -> Level {
        let shelf = self.0.get_mut(sku_key);
        shelf.map(|shelf| shelf.ship(location, quantity)).unwrap_or_default()
    }

    /// So much of a SKU is waited for no more.
    pub(crate) fn give_up(&mut self, sku_key: &str, quantity: i64) {
        if let Some(shelf) = self.0.get_mut(sku_key) {
            shelf.backorder(quantity.saturating_neg());
        }
    }

    pub(crate) fn is_waited_for(&self) -> bool {
        self.0.values().any(|shelf| shelf.item.backordered > 0)
    }

    /// Takes all lines or none; else names every line that is short. What is not there is waited for, as far as the
    /// SKU's limit allows.
    pub(crate) fn take(&mut self, lines: &[LineQuantity]) -> Result<Granted, Vec<Shortage>> {
        let shortages: Vec<Shortage> = lines.iter().filter_map(|line| self.shortage(line)).collect();
        if !shortages.is_empty() {
            return Err(shortages);
        }
        let mut granted = Granted::default();
        for LineQuantity { sku, quantity } in lines {
            let Some(shelf) = self.0.get_mut(&sku.key()) else { continue };
            let (picks, missing) = shelf.reserve(*quantity);
            if missing > 0 {
                shelf.backorder(missing);
                granted.backorders.push(LineQuantity { sku: sku.clone(), quantity: missing });
            }
            granted.picks.extend(picks);
        }
        Ok(granted)
    }

    fn shortage(&self, line: &LineQuantity) -> Option<Shortage> {
        bug!(MissingStockGuard => return None);
        let available = self.0.get(&line.sku.key()).map_or(0, Shelf::orderable);
        (available < line.quantity).then(|| Shortage {
            sku: line.sku.clone(),
            requested: line.quantity,
            available,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Sku, Timestamp};

    fn line(sku: &str, quantity: i64) -> LineQuantity {
        LineQuantity { sku: Sku::parse(sku).unwrap(), quantity }
    }

    fn levels(rows: &[(&str, &str, i64, i64)]) -> Levels {
        let mut levels = Levels::default();
        for (sku, location, on_hand, reserved) in rows {
            let (sku, updated_at) = (Sku::parse(sku).unwrap(), Timestamp::from_micros(0));
            let level = Level { on_hand: *on_hand, reserved: *reserved };
            levels.insert(Item::new(sku, updated_at), (*location).to_owned(), level);
        }
        levels
    }

    #[test]
    fn a_line_is_taken_from_several_locations_in_order() {
        let mut levels = levels(&[("LAMP", "north", 2, 1), ("LAMP", "south", 5, 0)]);
        let granted = levels.take(&[line("lamp", 3)]).unwrap();
        let taken: Vec<_> =
            granted.picks.iter().map(|pick| (pick.location.as_str(), pick.quantity)).collect();
        assert_eq!(taken, [("north", 1), ("south", 2)]);
        assert_eq!(levels.take(&[line("lamp", 4)]).unwrap_err()[0].available, 3);
    }

    #[test]
    fn all_short_lines_are_named_and_nothing_is_taken() {
        let mut levels = levels(&[("A", "main", 5, 0), ("B", "main", 1, 0)]);
        let short = levels.take(&[line("A", 2), line("B", 2), line("C", 1)]).unwrap_err();
        let named: Vec<_> =
            short.iter().map(|short| (short.sku.as_str(), short.requested, short.available)).collect();
        assert_eq!(named, [("B", 2, 1), ("C", 1, 0)]);
        assert!(levels.take(&[line("A", 5)]).is_ok());
    }
}
