//! Lines that what is available may cross. Pure.

use inventory_api::InventoryEvent;

use crate::shelf::Item;

/// The lines that were crossed on the way from one figure to another, and nothing of those that were not: a SKU that
/// stays low is told of once.
pub(crate) fn crossed(item: &Item, before: i64, after: i64) -> Vec<InventoryEvent> {
    let sku = || item.sku.clone();
    let mut events = Vec::new();
    let fallen_to = |threshold: &i64| before > *threshold && after <= *threshold;
    if let Some(threshold) = item.settings.low_stock_threshold.filter(fallen_to) {
        events.push(InventoryEvent::Low { sku: sku(), available: after, threshold });
    }
    if before > 0 && after == 0 {
        events.push(InventoryEvent::Out { sku: sku() });
    }
    if before == 0 && after > 0 {
        events.push(InventoryEvent::Back { sku: sku(), available: after });
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shelf::Settings;
    use kernel::{Event, Sku, Timestamp};

    fn told(threshold: Option<i64>, before: i64, after: i64) -> Vec<&'static str> {
        let settings = Settings { low_stock_threshold: threshold, ..Settings::default() };
        let item = Item { settings, ..Item::new(Sku::parse("LAMP").unwrap(), Timestamp::from_micros(0)) };
        crossed(&item, before, after).iter().map(InventoryEvent::event_type).collect()
    }

    #[test]
    fn a_crossing_is_told_and_nothing_else() {
        assert_eq!(told(Some(3), 5, 4), [""; 0]);
        assert_eq!(told(Some(3), 4, 3), ["stock.low"]);
        assert_eq!(told(Some(3), 9, 1), ["stock.low"]);
        assert_eq!(told(Some(3), 3, 2), [""; 0]);
        assert_eq!(told(Some(3), 2, 4), [""; 0]);
        assert_eq!(told(Some(3), 4, 0), ["stock.low", "stock.out"]);
        assert_eq!(told(Some(0), 1, 0), ["stock.low", "stock.out"]);
        assert_eq!(told(None, 9, 1), [""; 0]);
        assert_eq!(told(None, 1, 0), ["stock.out"]);
        assert_eq!(told(None, 0, 0), [""; 0]);
        assert_eq!(told(Some(3), 0, 1), ["stock.back"]);
        assert_eq!(told(Some(3), 1, 5), [""; 0]);
    }
}
