use kernel::Sku;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Shortage;

/// Refusals of the inventory module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum InventoryError {
    /// Every short line is named; nothing is held.
    #[error("there is not enough stock")]
    InsufficientStock(Vec<Shortage>),
    #[error("the order's hold has been released")]
    HoldReleased,
    #[error("there is no stock of {0}")]
    UnknownSku(Sku),
    /// The location would be left with less than is reserved there.
    #[error("only {available} of {sku} are not reserved at this location")]
    StockReserved { sku: Sku, available: i64 },
    /// The figures would leave the range of 64 bits.
    #[error("the quantity is out of range")]
    OutOfRange,
}
