use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AddressId, CustomerId, PaymentMethodId};

/// Refusals of the customer module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CustomerError {
    #[error("there is no customer {0}")]
    UnknownCustomer(CustomerId),
    /// Also when the address belongs to another customer.
    #[error("the customer has no address {0}")]
    UnknownAddress(AddressId),
    /// Also when it belongs to another customer.
    #[error("the customer has no payment method {0}")]
    UnknownPaymentMethod(PaymentMethodId),
    #[error("a customer with this email exists")]
    EmailTaken,
}
