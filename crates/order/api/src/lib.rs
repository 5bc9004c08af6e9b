//! What other modules may know of orders.

mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::error::OrderError;
pub use self::events::OrderEvent;
pub use self::types::{
    CancelOrder, Card, FindOrders, Means, NewLine, Order, OrderId, OrderKind, OrderLine, OrderStatus, Orders,
    Payment, PaymentMethod, PlaceOrder, Review, ShipOrder, Shipment, ShipmentId, ShipmentKind, ShippedLine,
    WalkOrders,
};

module_api! {
    /// Orders, from the customer's word to the last parcel.
    pub trait OrderApi = "order", error OrderError, adapters order_rpc,
        contract {
            version: 1,
            events: [OrderEvent],
            blessed: include_str!("../../../../contracts/order/fingerprints"),
        } {
        /// Places an order. Safe to repeat under the same key.
        command place(PlaceOrder) -> Order;
        /// Orders by id, one read for all of them; those that do not exist are absent.
        query find(FindOrders) -> Orders;
        /// Cancels a placed order; its stock goes back. An order that is cancelled stays so. Refused once anything was
        /// shipped.
        command cancel(CancelOrder) -> Order;
        /// Notes goods of a placed order as shipped, all lines or none: no more than was ordered and not shipped yet, and
        /// only what is there for the order. Safe to repeat under the same key.
        command ship(ShipOrder) -> Order;
        /// Orders whose outcome is known, in the order of their ids: for walking over all of them.
        query walk(WalkOrders) -> Orders;
    }
}
