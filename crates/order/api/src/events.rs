use kernel::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Order, Shipment};

/// Facts about orders. Each carries the order as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum OrderEvent {
    /// The order is accepted on the word of a copy, and not placed before its address is confirmed. Its stock is to be kept.
    #[serde(rename = "order.needs_review")]
    NeedsReview { order: Order },
    /// The order is placed. Exactly one per order.
    #[serde(rename = "order.created")]
    Created { order: Order },
    #[serde(rename = "order.rejected")]
    Rejected { order: Order },
    #[serde(rename = "order.cancelled")]
    Cancelled { order: Order },
    /// Goods have left. One per shipment.
    #[serde(rename = "order.shipped")]
    Shipped { order: Order, shipment: Shipment },
    /// Everything has left and is paid for. One per order at most, after its last shipment.
    #[serde(rename = "order.completed")]
    Completed { order: Order },
}

impl OrderEvent {
    /// The order after the change.
    pub fn order(&self) -> &Order {
        match self {
            OrderEvent::NeedsReview { order }
            | OrderEvent::Created { order }
            | OrderEvent::Rejected { order }
            | OrderEvent::Cancelled { order }
            | OrderEvent::Shipped { order, .. }
            | OrderEvent::Completed { order } => order,
        }
    }
}

impl Event for OrderEvent {
    const AGGREGATE: &'static str = "order";
    const TYPES: &'static [&'static str] = &[
        "order.needs_review",
        "order.created",
        "order.rejected",
        "order.cancelled",
        "order.shipped",
        "order.completed",
    ];

    fn event_type(&self) -> &'static str {
        match self {
            OrderEvent::NeedsReview { .. } => "order.needs_review",
            OrderEvent::Created { .. } => "order.created",
            OrderEvent::Rejected { .. } => "order.rejected",
            OrderEvent::Cancelled { .. } => "order.cancelled",
            OrderEvent::Shipped { .. } => "order.shipped",
            OrderEvent::Completed { .. } => "order.completed",
        }
    }
}
