use kernel::{Event, Sku};
use serde::{Deserialize, Serialize};

/// Facts about stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InventoryEvent {
    /// The stock on hand changed at one location; figures are after the change.
    Adjusted { sku: Sku, location: String, delta: i64, reason: String, on_hand: i64, reserved: i64 },
}

impl Event for InventoryEvent {
    const AGGREGATE: &'static str = "stock";

    fn event_type(&self) -> &'static str {
        match self {
            InventoryEvent::Adjusted { .. } => "stock.adjusted",
        }
    }
}
