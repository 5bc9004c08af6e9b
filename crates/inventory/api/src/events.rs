use kernel::{Event, Sku};
use serde::{Deserialize, Serialize};

use crate::{LocationStock, TransferId};

/// Facts about stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum InventoryEvent {
    /// The stock on hand changed at one location; figures are after the change.
    #[serde(rename = "stock.adjusted")]
    Adjusted { sku: Sku, location: String, delta: i64, reason: String, on_hand: i64, reserved: i64 },
    /// Stock went from one location to another; figures are after the change.
    #[serde(rename = "stock.transferred")]
    Transferred {
        sku: Sku,
        transfer_id: TransferId,
        quantity: i64,
        reason: String,
        from: LocationStock,
        to: LocationStock,
    },
}

impl Event for InventoryEvent {
    const AGGREGATE: &'static str = "stock";
    const TYPES: &'static [&'static str] = &["stock.adjusted", "stock.transferred"];

    fn event_type(&self) -> &'static str {
        match self {
            InventoryEvent::Adjusted { .. } => "stock.adjusted",
            InventoryEvent::Transferred { .. } => "stock.transferred",
        }
    }
}
