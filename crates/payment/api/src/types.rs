use std::fmt;

use kernel::{Bounded, Money, Timestamp};
use order_api::OrderId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// The payment of an order.
    PaymentKind / PaymentId = "pay";
    /// One thing asked of a provider. Its text is the idempotency key that the provider gets.
    TransactionKind / TransactionId = "ptx";
}

/// What a provider gave for a means of payment: whoever has it, and our account there, can charge it. Never a card
/// number.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub String);

/// Hides it: secrets never reach a log.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorise {
    pub order_id: OrderId,
    /// Above zero.
    pub amount: Money,
    pub means: Means,
}

/// How the customer pays, and what that takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    /// Later, by an invoice that the shop sends. Authorised at once; captured by hand when the money has come.
    Invoice,
    /// By arrangement: cash, transfer, a cheque. Authorised at once; captured by hand.
    Manual,
    /// By card, at the gateway.
    Card {
        token: Token,
        /// Where the gateway sends the customer after authentication.
        return_url: Option<String>,
    },
}

impl Means {
    pub fn method(&self) -> PayMethod {
        match self {
            Means::Invoice => PayMethod::Invoice,
            Means::Manual => PayMethod::Manual,
            Means::Card { .. } => PayMethod::Card,
        }
    }
}

/// A kind of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMethod {
    Invoice,
    Manual,
    Card,
}

/// The answer to [`Authorise`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorisation {
    pub payment_id: PaymentId,
    pub outcome: AuthorisationOutcome,
}

/// What an order may do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorisationOutcome {
    /// The money is reserved, or already taken: go on.
    Authorised,
    /// There will be no money, however often it is asked for: undo. The code is the provider's.
    Declined { reason: String },
    /// The customer must authenticate there first. Ask again later, or wait for the event.
    ActionRequired { redirect_url: String },
    /// The provider did not answer, or has not decided. It may have acted: neither go on nor undo; ask again later, or
    /// wait for the event.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    pub payment_id: PaymentId,
    /// All that is left if absent.
    pub amount: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    pub payment_id: PaymentId,
    /// All that is left if absent.
    pub amount: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Void {
    pub order_id: OrderId,
    /// As in the order's [`Authorise`]: for the mark that is left if there was none.
    pub method: PayMethod,
    /// As in the order's [`Authorise`].
    pub amount: Money,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The provider is being asked.
    Pending,
    /// The customer must authenticate.
    RequiresAction,
    /// The provider was asked and its answer is not known.
    Unknown,
    /// The money is reserved.
    Authorised,
    /// The provider said no.
    Declined,
    /// The authorisation is being let go.
    Voiding,
    /// The authorisation was let go, or never made.
    Voided,
    PartiallyCaptured,
    Captured,
    PartiallyRefunded,
    Refunded,
}

impl PaymentStatus {
    /// Whether money is reserved or taken, or may be.
    pub fn is_live(self) -> bool {
        !matches!(self, PaymentStatus::Declined | PaymentStatus::Voided | PaymentStatus::Refunded)
    }
}

/// A payment as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub method: PayMethod,
    /// Who handles it: `invoice`, `manual` or `http`, the card gateway.
    pub provider: String,
    pub status: PaymentStatus,
    /// What the order asked for.
    pub amount: Money,
    pub authorised: Money,
    pub captured: Money,
    pub refunded: Money,
    /// Of a declined payment: the provider's code.
    #[schema(required)]
    pub decline_reason: Option<String>,
    /// Where the customer must authenticate.
    #[schema(required)]
    pub redirect_url: Option<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindPayments {
    pub ids: Vec<PaymentId>,
    pub orders: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payments {
    pub payments: Vec<Payment>,
}

macro_rules! bounded {
    ($($Request:ty: $max:literal, $items:expr;)+) => {
        $(impl Bounded for $Request {
            const MAX_ITEMS: usize = $max;
            fn items(&self) -> usize {
                let items: fn(&$Request) -> usize = $items;
                items(self)
            }
        })+
    };
}
bounded! {
    Authorise: 1, |_| 1;
    Capture: 1, |_| 1;
    Refund: 1, |_| 1;
    Void: 1, |_| 1;
    FindPayments: 500, |find| find.ids.len().saturating_add(find.orders.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_travels_and_is_in_no_log() {
        let means = Means::Card { token: Token("tok_secret".into()), return_url: None };
        assert!(!format!("{means:?}").contains("secret"));
        let json = serde_json::to_string(&means).unwrap();
        assert_eq!(serde_json::from_str::<Means>(&json).unwrap(), means);
    }
}
