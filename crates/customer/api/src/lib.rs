//! What other modules may know of customers: who there is, and where to send things.

mod error;
mod events;
mod profile;
mod snapshots;
mod types;

use kernel::module_api;

pub use self::error::CustomerError;
pub use self::events::CustomerEvent;
pub use self::profile::{Picture, Preference, Profile, UpdateProfile};
pub use self::snapshots::{
    CustomerSnapshot, CustomerSnapshots, FindSnapshots, Membership, Memberships, WalkSnapshots,
};
pub use self::types::{
    AddAddress, Address, AddressFields, AddressId, AddressKind, Customer, CustomerId, CustomerKind,
    Customers, Destination, EnrolCustomer, FindCustomers, FindDestination, FindPaymentToken, PaymentMethodId,
    PaymentMethodKind, PaymentToken, RegisterCustomer,
};

module_api! {
    /// Customers, their addresses and their means of payment.
    pub trait CustomerApi = "customer", error CustomerError, adapters customer_rpc,
        contract {
            version: 1,
            events: [CustomerEvent],
            blessed: include_str!("../../../../contracts/customer/fingerprints"),
        } {
        /// Where to send a customer's order: proof that both exist and belong together, and a snapshot to keep.
        query find_destination(FindDestination) -> Destination;
        /// Customers by id, one read for all of them; those that do not exist are absent.
        query find(FindCustomers) -> Customers;
        /// What others may keep a copy of, by id, one read for all of them; those that do not exist are absent.
        query find_snapshots(FindSnapshots) -> CustomerSnapshots;
        /// The same, in the order of their ids: for walking over all customers.
        query walk_snapshots(WalkSnapshots) -> CustomerSnapshots;
        /// Which group each customer is in, those in none included, in the order of their ids.
        query walk_memberships(WalkSnapshots) -> Memberships;
        /// What one of the customer's own means of payment can be charged by.
        query find_payment_token(FindPaymentToken) -> PaymentToken;
        /// Creates a customer. Refused with [`CustomerError::EmailTaken`].
        command register(RegisterCustomer) -> Customer;
        /// Creates a customer, or finds the one that has this email, which stays as it is.
        command enrol(EnrolCustomer) -> Customer;
        /// Adds an address to a customer. Refused with [`CustomerError::UnknownCustomer`].
        command add_address(AddAddress) -> Address;
        /// Changes what a customer says about itself. Refused with [`CustomerError::UnknownCustomer`].
        command update_profile(UpdateProfile) -> Profile;
    }
}
