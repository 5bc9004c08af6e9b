use kernel::Event;
use serde::{Deserialize, Serialize};

use crate::Order;

/// Facts about orders. Each carries the order as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OrderEvent {
    /// The order is placed. Exactly one per order.
    Created {
        order: Order,
    },
    Rejected {
        order: Order,
    },
    Cancelled {
        order: Order,
    },
}

impl Event for OrderEvent {
    const AGGREGATE: &'static str = "order";

    fn event_type(&self) -> &'static str {
        match self {
            OrderEvent::Created { .. } => "order.created",
            OrderEvent::Rejected { .. } => "order.rejected",
            OrderEvent::Cancelled { .. } => "order.cancelled",
        }
    }
}
