use kernel::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PaymentId, PaymentStatus};

/// Refusals of the payment module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PaymentError {
    #[error("there is no payment {0}")]
    UnknownPayment(PaymentId),
    /// The order has a payment already, of another amount or by another method.
    #[error("the order has payment {0} already, on other terms")]
    OtherTerms(PaymentId),
    /// The order's payment was let go before it was authorised.
    #[error("the order's payment was voided")]
    OrderVoided,
    /// Nobody is configured to take payments of this kind.
    #[error("payment by this method is not available")]
    MethodUnavailable,
    #[error("a card number was sent in place of a token")]
    CardNumberRefused,
    /// Amounts are above zero, and in the payment's currency.
    #[error("the amount must be above zero and in the currency of the payment")]
    WrongAmount,
    #[error("the payment is {0:?}: nothing can be captured")]
    NotCapturable(PaymentStatus),
    #[error("only {0} can be captured")]
    AmountExceedsAuthorised(Money),
    #[error("the payment is {0:?}: nothing can be refunded")]
    NotRefundable(PaymentStatus),
    #[error("only {0} can be refunded")]
    AmountExceedsCaptured(Money),
    #[error("the payment is {0:?}: it cannot be voided")]
    NotVoidable(PaymentStatus),
    /// The provider said no, and nothing changed. The text is the provider's code.
    #[error("the provider refused: {0}")]
    ProviderRefused(String),
}
