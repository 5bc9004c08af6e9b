use kernel::Event;
use serde::{Deserialize, Serialize};

use crate::Order;

/// Facts about orders. Each carries the order as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum OrderEvent {
    /// The order is placed. Exactly one per order.
    #[serde(rename = "order.created")]
    Created { order: Order },
    #[serde(rename = "order.rejected")]
    Rejected { order: Order },
    #[serde(rename = "order.cancelled")]
    Cancelled { order: Order },
}

impl Event for OrderEvent {
    const AGGREGATE: &'static str = "order";
    const TYPES: &'static [&'static str] = &["order.created", "order.rejected", "order.cancelled"];

    fn event_type(&self) -> &'static str {
        match self {
            OrderEvent::Created { .. } => "order.created",
            OrderEvent::Rejected { .. } => "order.rejected",
            OrderEvent::Cancelled { .. } => "order.cancelled",
        }
    }
}
