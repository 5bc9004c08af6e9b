//! What other modules may know of stock: hold it for an order, keep it, let it go.

mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::error::InventoryError;
pub use self::events::InventoryEvent;
pub use self::types::{
    AdjustStock, FindHolds, Held, HoldLine, HoldState, HoldView, Holds, HoldsReleased, LineQuantity,
    LocationStock, ReleaseHolds, Reserve, Shortage, Stock, TransferId, TransferKind,
};

module_api! {
    /// Stock levels and the holds on them.
    pub trait InventoryApi = "inventory", error InventoryError, adapters inventory_rpc,
        contract {
            version: 1,
            events: [InventoryEvent],
            blessed: include_str!("../../../../contracts/inventory/fingerprints"),
        } {
        /// Holds stock for an order, all lines or none. What is not there is backordered, as far as the SKU's limit allows:
        /// the hold waits for it, and gets it when goods arrive, the oldest hold first. Keyed by the order: repeating it gives the same answer, and
        /// extends a hold that has run out and is still there. Once the order is placed, its hold lasts.
        /// Refused with [`InventoryError::InsufficientStock`], which names every short line, and with
        /// [`InventoryError::HoldReleased`] once the order's hold was let go.
        command reserve(Reserve) -> Held;
        /// Lets the holds of orders go, also of those that never came to hold anything: a late reserve is refused.
        command release(ReleaseHolds) -> HoldsReleased;
        /// The holds of these orders, with what of them waits and what has been shipped; orders without one are absent.
        query find_holds(FindHolds) -> Holds;
        /// Adds to or takes from the stock on hand. Refused with [`InventoryError::StockReserved`].
        command adjust(AdjustStock) -> Stock;
    }
}
