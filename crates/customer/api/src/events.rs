use kernel::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressId, CustomerId};

/// Facts about customers. Personal data stays with the owner: events carry ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum CustomerEvent {
    #[serde(rename = "customer.registered")]
    Registered {
        customer_id: CustomerId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
    #[serde(rename = "customer.updated")]
    Updated {
        customer_id: CustomerId,
        changed: Vec<String>,
        /// After the change, if it is among what changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<String>,
    },
    #[serde(rename = "customer.address_added")]
    AddressAdded { customer_id: CustomerId, address_id: AddressId, country: String },
    #[serde(rename = "customer.address_updated")]
    AddressUpdated { customer_id: CustomerId, address_id: AddressId, country: String },
    #[serde(rename = "customer.address_removed")]
    AddressRemoved { customer_id: CustomerId, address_id: AddressId },
    /// The picture is among what may have `changed`.
    #[serde(rename = "customer.profile_updated")]
    ProfileUpdated { customer_id: CustomerId, changed: Vec<String> },
}

impl CustomerEvent {
    /// Whom it is about.
    pub fn customer_id(&self) -> CustomerId {
        match self {
            CustomerEvent::Registered { customer_id, .. }
            | CustomerEvent::Updated { customer_id, .. }
            | CustomerEvent::AddressAdded { customer_id, .. }
            | CustomerEvent::AddressUpdated { customer_id, .. }
            | CustomerEvent::AddressRemoved { customer_id, .. }
            | CustomerEvent::ProfileUpdated { customer_id, .. } => *customer_id,
        }
    }
}

impl Event for CustomerEvent {
    const AGGREGATE: &'static str = "customer";
    const TYPES: &'static [&'static str] = &[
        "customer.registered",
        "customer.updated",
        "customer.address_added",
        "customer.address_updated",
        "customer.address_removed",
        "customer.profile_updated",
    ];

    fn event_type(&self) -> &'static str {
        match self {
            CustomerEvent::Registered { .. } => "customer.registered",
            CustomerEvent::Updated { .. } => "customer.updated",
            CustomerEvent::AddressAdded { .. } => "customer.address_added",
            CustomerEvent::AddressUpdated { .. } => "customer.address_updated",
            CustomerEvent::AddressRemoved { .. } => "customer.address_removed",
            CustomerEvent::ProfileUpdated { .. } => "customer.profile_updated",
        }
    }
}
