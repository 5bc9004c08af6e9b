//! One SKU under lock: what is where, and what becomes of it. Pure.

use std::collections::BTreeMap;

use inventory_api::{InventoryError, InventoryEvent};
use kernel::{Sku, Timestamp};

/// Where stock is unless a location is named.
pub(crate) const MAIN: &str = "main";

/// What is at one location.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub on_hand: i64,
    pub reserved: i64,
}

impl Level {
    pub(crate) fn available(self) -> i64 {
        self.on_hand.saturating_sub(self.reserved)
    }
}

/// What the shop wants of a SKU's stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// How many may be held beyond what is on hand.
    pub backorder_limit: i64,
    /// At or below it the SKU counts as low; without one it never does.
    pub low_stock_threshold: Option<i64>,
}

/// What is known of a SKU beside its levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub sku: Sku,
    /// Of the aggregate: that of its last event.
    pub version: i64,
    /// Counts the changes that no level's version tells of: of the settings, and of what is waited for.
    pub revision: i64,
    pub settings: Settings,
    /// What live holds wait for, in all.
    pub backordered: i64,
    /// How many levels there are.
    pub locations: i64,
    pub updated_at: Timestamp,
}

impl Item {
    pub(crate) fn new(sku: Sku, now: Timestamp) -> Item {
        Item {
            sku,
            version: 0,
            revision: 0,
            settings: Settings::default(),
            backordered: 0,
            locations: 0,
            updated_at: now,
        }
    }
}

/// A part of what was asked for, reserved at one location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pick {
    pub sku: Sku,
    pub location: String,
    pub quantity: i64,
    pub on_hand: i64,
}

/// A locked SKU.
#[derive(Debug)]
pub(crate) struct Shelf {
    pub item: Item,
    levels: BTreeMap<String, Level>,
    available_before: i64,
    /// Whether the item differs from its row.
    changed: bool,
    /// To be appended, each with the version that it brought the item to.
    events: Vec<(i64, InventoryEvent)>,
}

impl Shelf {
    pub(crate) fn new(item: Item) -> Shelf {
        Shelf { item, levels: BTreeMap::new(), available_before: 0, changed: false, events: Vec::new() }
    }

    /// A level as it was found.
    pub(crate) fn insert(&mut self, location: String, level: Level) {
        self.available_before = self.available_before.saturating_add(level.available());
        self.levels.insert(location, level);
    }

    pub(crate) fn level(&self, location: &str) -> Level {
        self.levels.get(location).copied().unwrap_or_default()
    }

    /// What is there and not reserved, over all locations.
    pub(crate) fn available(&self) -> i64 {
        self.levels.values().map(|level| level.available()).fold(0, i64::saturating_add)
    }

    /// How much more can be held: what is available, and what may be waited for.
    pub(crate) fn orderable(&self) -> i64 {
        let room = self.item.settings.backorder_limit.saturating_sub(self.item.backordered);
        self.available().saturating_add(room.max(0))
    }

    /// Whether no level is missing.
    pub(crate) fn is_complete(&self) -> bool {
        i64::try_from(self.levels.len()).is_ok_and(|found| found >= self.item.locations)
    }

    pub(crate) fn available_before(&self) -> i64 {
        self.available_before
    }

    /// Adds to what is on hand at a location, and never leaves less than is reserved there.
    pub(crate) fn move_on_hand(&mut self, location: &str, delta: i64) -> Result<Level, InventoryError> {
        let Level { on_hand, reserved } = self.level(location);
        let on_hand = on_hand.checked_add(delta).ok_or(InventoryError::OutOfRange)?;
        if on_hand < reserved {
            let available = self.level(location).available();
            return Err(InventoryError::StockReserved { sku: self.item.sku.clone(), available });
        }
        let level = Level { on_hand, reserved };
        self.levels.insert(location.to_owned(), level);
        Ok(level)
    }

    /// Reserves as much of `wanted` as is available, from the locations in the order of their names, and says how much
    /// is missing.
    pub(crate) fn reserve(&mut self, wanted: i64) -> (Vec<Pick>, i64) {
        let (mut missing, mut picks) = (wanted, Vec::with_capacity(1));
        for (location, level) in &mut self.levels {
            let quantity = missing.min(level.available());
            if quantity > 0 {
                level.reserved = level.reserved.saturating_add(quantity);
                missing -= quantity;
                let (sku, location) = (self.item.sku.clone(), location.clone());
                picks.push(Pick { sku, location, quantity, on_hand: level.on_hand });
            }
        }
        (picks, missing)
    }

    /// Reserves for somebody who waits for `wanted`, as [`Shelf::reserve`] does.
    pub(crate) fn fill(&mut self, wanted: i64) -> (Vec<Pick>, i64) {
        let (picks, missing) = self.reserve(wanted);
        self.backorder(missing.saturating_sub(wanted));
        (picks, missing)
    }

    /// So much more is waited for; less, if negative.
    pub(crate) fn backorder(&mut self, delta: i64) {
        self.item.backordered = self.item.backordered.saturating_add(delta);
        self.revise();
    }

    pub(crate) fn release(&mut self, location: &str, quantity: i64) -> Level {
        let Some(level) = self.levels.get_mut(location) else { return Level::default() };
        level.reserved = level.reserved.saturating_sub(quantity);
        *level
    }

    /// What was reserved leaves.
    pub(crate) fn ship(&mut self, location: &str, quantity: i64) -> Level {
        let Some(level) = self.levels.get_mut(location) else { return Level::default() };
        level.on_hand = level.on_hand.saturating_sub(quantity);
        level.reserved = level.reserved.saturating_sub(quantity);
        *level
    }

    pub(crate) fn configure(&mut self, settings: Settings) {
        if self.item.settings != settings {
            self.item.settings = settings;
            self.revise();
        }
    }

    fn revise(&mut self) {
        self.item.revision = self.item.revision.saturating_add(1);
        self.changed = true;
    }

    pub(crate) fn tell(&mut self, event: InventoryEvent) {
        self.item.version = self.item.version.saturating_add(1);
        self.events.push((self.item.version, event));
        self.changed = true;
    }

    /// The item as it is to be written, and what is to be told of it; `None` where nothing has become of it.
    pub(crate) fn outcome(&mut self, now: Timestamp) -> Option<(&Item, &[(i64, InventoryEvent)])> {
        if !self.changed {
            return None;
        }
        self.item.updated_at = now;
        Some((&self.item, &self.events))
    }
}
