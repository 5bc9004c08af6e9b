//! What other modules may know of customers: who there is, and where to send things.

mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::error::CustomerError;
pub use self::events::CustomerEvent;
pub use self::types::{
    AddAddress, Address, AddressFields, AddressId, AddressKind, Customer, CustomerId, CustomerKind,
    Destination, FindDestination, PaymentMethodId, PaymentMethodKind, RegisterCustomer,
};

module_api! {
    /// Customers and their addresses.
    pub trait CustomerApi = "customer", error CustomerError, adapters customer_rpc {
        /// Where to send a customer's order: proof that both exist and belong together, and a snapshot to keep.
        query find_destination(FindDestination) -> Destination;
        /// Creates a customer. Refused with [`CustomerError::EmailTaken`].
        command register(RegisterCustomer) -> Customer;
        /// Adds an address to a customer. Refused with [`CustomerError::UnknownCustomer`].
        command add_address(AddAddress) -> Address;
    }
}
