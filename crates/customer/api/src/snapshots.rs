use kernel::{Bounded, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Address, CustomerId};

/// What others may keep a copy of: a customer's name and addresses, all as of one version of the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerSnapshot {
    pub id: CustomerId,
    /// Raised by every change of the customer, those of addresses included.
    pub version: i64,
    /// When that version came to be.
    pub updated_at: Timestamp,
    pub name: String,
    /// In the order of their ids.
    pub addresses: Vec<Address>,
}

/// Whom a customer is counted among, as of one version of the customer. Nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Membership {
    pub customer_id: CustomerId,
    /// Raised by every change of the customer, not by those of the group alone.
    pub version: i64,
    /// When that version came to be.
    pub updated_at: Timestamp,
    pub group: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Memberships {
    pub memberships: Vec<Membership>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindSnapshots {
    /// 100 at most.
    pub ids: Vec<CustomerId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkSnapshots {
    /// Only those that come after this one.
    pub after: Option<CustomerId>,
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerSnapshots {
    pub customers: Vec<CustomerSnapshot>,
}

impl Bounded for FindSnapshots {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.ids.len()
    }
}

impl Bounded for WalkSnapshots {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}
