use std::time::Duration;

use kernel::{Bounded, Sku, Timestamp};
use order_api::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// Stock that went from one location to another: what its two movements in the ledger have in common.
    TransferKind / TransferId = "trf";
}

/// A quantity of one SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineQuantity {
    pub sku: Sku,
    /// At least 1.
    pub quantity: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reserve {
    pub order_id: OrderId,
    /// Each SKU once.
    pub lines: Vec<LineQuantity>,
    /// How long the hold lasts unless the order is placed.
    pub ttl: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Held {
    pub expires_at: Timestamp,
}

/// A line that cannot be had in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shortage {
    pub sku: Sku,
    pub requested: i64,
    /// How many could be had, backordered ones included.
    pub available: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReleaseHolds {
    pub orders: Vec<OrderId>,
    /// For the ledger, such as `order cancelled`.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldsReleased {
    /// All that were asked for: none of them holds anything any more.
    pub released: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindHolds {
    pub orders: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Holds {
    pub holds: Vec<HoldView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldView {
    pub order_id: OrderId,
    pub state: HoldState,
    pub lines: Vec<HoldLine>,
}

/// What a hold has of one SKU, or had, over all locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldLine {
    pub sku: Sku,
    /// In all: reserved, waited for or shipped.
    pub quantity: i64,
    /// The part that the hold waits for, as long as it does.
    pub backordered: i64,
    /// The part that has left.
    pub shipped: i64,
}

impl HoldLine {
    /// What was ever there for the order. While the hold is live it only grows, so whoever goes by an older answer is on
    /// the safe side.
    pub fn allotted(&self) -> i64 {
        self.quantity.saturating_sub(self.backordered)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldState {
    /// Until it expires.
    Held,
    /// Until it is released.
    Confirmed,
    Released,
    /// There was not enough.
    Refused,
}

impl HoldState {
    /// Whether it counts as reserved.
    pub fn is_live(self) -> bool {
        matches!(self, HoldState::Held | HoldState::Confirmed)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdjustStock {
    pub sku: Sku,
    /// Not 0.
    pub delta: i64,
    pub reason: String,
    pub location: String,
}

/// Stock of one SKU over all locations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Stock {
    pub sku: Sku,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
    /// What orders wait for beyond what is on hand; the oldest get what arrives.
    #[serde(default)]
    #[schema(required)]
    pub backordered: i64,
    /// How many can be backordered.
    #[serde(default)]
    #[schema(required)]
    pub backorder_limit: i64,
    /// When `available` falls to it or below, the SKU is low; null: it never is.
    #[serde(default)]
    #[schema(required)]
    pub low_stock_threshold: Option<i64>,
    pub version: i64,
    pub updated_at: Timestamp,
    pub locations: Vec<LocationStock>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct LocationStock {
    pub location: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
}

macro_rules! bounded {
    ($($Request:ty: $max:literal, $items:expr;)+) => {
        $(impl Bounded for $Request {
            const MAX_ITEMS: usize = $max;
            fn items(&self) -> usize {
                let items: fn(&$Request) -> usize = $items;
                items(self)
            }
        })+
    };
}
bounded! {
    Reserve: 100, |reserve| reserve.lines.len();
    ReleaseHolds: 500, |release| release.orders.len();
    FindHolds: 500, |find| find.orders.len();
    AdjustStock: 1, |_| 1;
}
