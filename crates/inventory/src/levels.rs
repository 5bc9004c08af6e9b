//! Stock levels in memory: what may be taken from where. Pure.

use std::collections::BTreeMap;

use inventory_api::{LineQuantity, LocationStock, Shortage, Stock};
use kernel::{Sku, Timestamp};
use platform::bug;

/// What is at one location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub on_hand: i64,
    pub reserved: i64,
}

impl Level {
    pub(crate) fn available(self) -> i64 {
        self.on_hand.saturating_sub(self.reserved)
    }
}

/// A part of a line, taken from one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub sku: Sku,
    pub sku_key: String,
    pub location: String,
    pub quantity: i64,
    pub on_hand: i64,
}

/// Locked levels, by SKU key and then by location.
#[derive(Debug, Default)]
pub(crate) struct Levels(BTreeMap<String, BTreeMap<String, Level>>);

impl Levels {
    pub(crate) fn insert(&mut self, sku_key: String, location: String, level: Level) {
        self.0.entry(sku_key).or_default().insert(location, level);
    }

    pub(crate) fn on_hand(&self, sku_key: &str, location: &str) -> i64 {
        self.0.get(sku_key).and_then(|levels| levels.get(location)).map_or(0, |level| level.on_hand)
    }

    /// Takes all lines or none; else names every line that is short.
    pub(crate) fn take(&mut self, lines: &[LineQuantity]) -> Result<Vec<Pick>, Vec<Shortage>> {
        let shortages: Vec<Shortage> = lines.iter().filter_map(|line| self.shortage(line)).collect();
        if !shortages.is_empty() {
            return Err(shortages);
        }
        Ok(lines.iter().flat_map(|line| self.pick(line)).collect())
    }

    fn shortage(&self, line: &LineQuantity) -> Option<Shortage> {
        bug!(MissingStockGuard => return None);
        let levels = self.0.get(&line.sku.key());
        let available = levels.into_iter().flat_map(BTreeMap::values).map(|level| level.available());
        let available = available.fold(0, i64::saturating_add);
        (available < line.quantity).then(|| Shortage {
            sku: line.sku.clone(),
            requested: line.quantity,
            available,
        })
    }

    /// From the locations in the order of their names, as much as each has.
    fn pick(&mut self, line: &LineQuantity) -> Vec<Pick> {
        let sku_key = line.sku.key();
        let mut missing = line.quantity;
        let mut picks = Vec::with_capacity(1);
        for (location, level) in self.0.get_mut(&sku_key).into_iter().flatten() {
            let quantity = missing.min(level.available());
            if quantity > 0 {
                level.reserved = level.reserved.saturating_add(quantity);
                missing -= quantity;
                let (sku, sku_key, location) = (line.sku.clone(), sku_key.clone(), location.clone());
                picks.push(Pick { sku, sku_key, location, quantity, on_hand: level.on_hand });
            }
        }
        picks
    }
}

/// The figures of one SKU over its locations.
pub(crate) fn total(sku: Sku, version: i64, updated_at: Timestamp, levels: Vec<(String, Level)>) -> Stock {
    let sum = |figure: fn(&Level) -> i64| {
        levels.iter().map(|(_, level)| figure(level)).fold(0, i64::saturating_add)
    };
    let (on_hand, reserved) = (sum(|level| level.on_hand), sum(|level| level.reserved));
    let locations = levels
        .into_iter()
        .map(|(location, level)| LocationStock {
            location,
            on_hand: level.on_hand,
            reserved: level.reserved,
            available: level.available(),
        })
        .collect();
    Stock {
        sku,
        on_hand,
        reserved,
        available: on_hand.saturating_sub(reserved),
        version,
        updated_at,
        locations,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sku: &str, quantity: i64) -> LineQuantity {
        LineQuantity { sku: Sku::parse(sku).unwrap(), quantity }
    }

    fn levels(rows: &[(&str, &str, i64, i64)]) -> Levels {
        let mut levels = Levels::default();
        for (sku, location, on_hand, reserved) in rows {
            levels.insert(
                sku.to_lowercase(),
                (*location).to_owned(),
                Level { on_hand: *on_hand, reserved: *reserved },
            );
        }
        levels
    }

    #[test]
    fn a_line_is_taken_from_several_locations_in_order() {
        let mut levels = levels(&[("LAMP", "north", 2, 1), ("LAMP", "south", 5, 0)]);
        let picks = levels.take(&[line("lamp", 3)]).unwrap();
        let taken: Vec<_> = picks.iter().map(|pick| (pick.location.as_str(), pick.quantity)).collect();
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
