use kernel::{Event, Sku};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LocationStock, TransferId};

/// Facts about stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum InventoryEvent {
    /// The stock on hand changed at one location; figures are after the change, and after holds that
    /// waited got what arrived.
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
    /// What is available, over all locations, fell from above the SKU's threshold to it or below. Like the two that
    /// follow it is told when the line is crossed, once in a change, and not again while the stock stays beyond it.
    #[serde(rename = "stock.low")]
    Low { sku: Sku, available: i64, threshold: i64 },
    /// Nothing is available any more.
    #[serde(rename = "stock.out")]
    Out { sku: Sku },
    /// Something is available, where nothing was.
    #[serde(rename = "stock.back")]
    Back { sku: Sku, available: i64 },
}

impl Event for InventoryEvent {
    const AGGREGATE: &'static str = "stock";
    const TYPES: &'static [&'static str] =
        &["stock.adjusted", "stock.transferred", "stock.low", "stock.out", "stock.back"];

    fn event_type(&self) -> &'static str {
        match self {
            InventoryEvent::Adjusted { .. } => "stock.adjusted",
            InventoryEvent::Transferred { .. } => "stock.transferred",
            InventoryEvent::Low { .. } => "stock.low",
            InventoryEvent::Out { .. } => "stock.out",
            InventoryEvent::Back { .. } => "stock.back",
        }
    }
}
