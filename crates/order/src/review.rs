//! The review of an order whose address is from a copy. Pure.

use customer_api::{AddressId, CustomerSnapshot};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::copies::freshness;
use crate::order::Order;

/// Why a person rejected the order.
pub(crate) const REVIEW_REJECTED: &str = "review-rejected";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Review {
    pub address_id: AddressId,
    /// Version of the customer that the copy was from.
    pub source_version: i64,
    pub as_of: Timestamp,
    /// What the owner said otherwise. A person decides then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Finding {
    AddressChanged,
    UnknownAddress,
    UnknownCustomer,
}

impl Finding {
    pub(crate) const ALL: [Finding; 3] =
        [Finding::AddressChanged, Finding::UnknownAddress, Finding::UnknownCustomer];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Finding::AddressChanged => "address-changed",
            Finding::UnknownAddress => "unknown-address",
            Finding::UnknownCustomer => "unknown-customer",
        }
    }
}

impl Review {
    /// As others may see it.
    pub(crate) fn view(&self) -> order_api::Review {
        order_api::Review {
            finding: self.finding.map(|finding| finding.name().to_owned()),
            freshness: freshness("customer", self.source_version, self.as_of),
        }
    }

    /// What is otherwise at the owner than the order has it.
    pub(crate) fn judge(&self, order: &Order, owner: Option<&CustomerSnapshot>) -> Option<Finding> {
        let Some(customer) = owner else { return Some(Finding::UnknownCustomer) };
        match customer.addresses.iter().find(|address| address.id == self.address_id) {
            None => Some(Finding::UnknownAddress),
            Some(address) if address.fields != order.shipping_address => Some(Finding::AddressChanged),
            Some(_) => None,
        }
    }
}
