use kernel::Event;
use serde::{Deserialize, Serialize};

use crate::{AddressId, CustomerId};

/// Facts about customers. Personal data stays with the owner: events carry ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CustomerEvent {
    Registered { customer_id: CustomerId },
    Updated { customer_id: CustomerId, changed: Vec<String> },
    AddressAdded { customer_id: CustomerId, address_id: AddressId, country: String },
    AddressUpdated { customer_id: CustomerId, address_id: AddressId, country: String },
    AddressRemoved { customer_id: CustomerId, address_id: AddressId },
}

impl Event for CustomerEvent {
    const AGGREGATE: &'static str = "customer";

    fn event_type(&self) -> &'static str {
        match self {
            CustomerEvent::Registered { .. } => "customer.registered",
            CustomerEvent::Updated { .. } => "customer.updated",
            CustomerEvent::AddressAdded { .. } => "customer.address_added",
            CustomerEvent::AddressUpdated { .. } => "customer.address_updated",
            CustomerEvent::AddressRemoved { .. } => "customer.address_removed",
        }
    }
}
