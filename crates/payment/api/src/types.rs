use kernel::{Bounded, Money, Timestamp, Token};
use order_api::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// The payment of an order.
    PaymentKind / PaymentId = "pay";
    /// One thing asked of a provider. Its text is the idempotency key that the provider gets.
    TransactionKind / TransactionId = "ptx";
}

/// The payment of an order: there is one at most, and its id follows from the order's, so that everybody knows it from
/// the beginning.
pub fn payment_of(order: OrderId) -> PaymentId {
    PaymentId::from_uuid(order.uuid())
}

/// The order that a payment is of.
pub fn order_of(payment: PaymentId) -> OrderId {
    OrderId::from_uuid(payment.uuid())
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Authorise {
    pub order_id: OrderId,
    /// Above zero.
    pub amount: Money,
    /// The card, as the gateway knows it.
    pub token: Token,
    /// Where the gateway sends the customer after authentication.
    pub return_url: Option<String>,
}

/// A kind of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayMethod {
    /// Later, by an invoice that the shop sends. Captured by hand when the money has come.
    Invoice,
    /// By arrangement: cash, transfer, a cheque. Captured by hand.
    Manual,
    /// By card, at the gateway.
    Card,
}

impl PayMethod {
    /// Whether people see to the money, and no provider is asked.
    pub fn is_by_hand(self) -> bool {
        matches!(self, PayMethod::Invoice | PayMethod::Manual)
    }
}

/// The answer to [`Authorise`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Authorisation {
    pub payment_id: PaymentId,
    pub outcome: AuthorisationOutcome,
}

/// What an order may do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Capture {
    pub payment_id: PaymentId,
    /// All that is left if absent.
    pub amount: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refund {
    pub payment_id: PaymentId,
    /// All that is left if absent.
    pub amount: Option<Money>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reverse {
    pub order_id: OrderId,
    /// Of the order, for the mark that is left if there is no payment yet.
    pub method: PayMethod,
    /// The order's total.
    pub amount: Money,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The provider is being asked; of a payment by hand: the money has not come yet.
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
    const NAMES: [(PaymentStatus, &str); 11] = [
        (PaymentStatus::Pending, "pending"),
        (PaymentStatus::RequiresAction, "requires_action"),
        (PaymentStatus::Unknown, "unknown"),
        (PaymentStatus::Authorised, "authorised"),
        (PaymentStatus::Declined, "declined"),
        (PaymentStatus::Voiding, "voiding"),
        (PaymentStatus::Voided, "voided"),
        (PaymentStatus::PartiallyCaptured, "partially_captured"),
        (PaymentStatus::Captured, "captured"),
        (PaymentStatus::PartiallyRefunded, "partially_refunded"),
        (PaymentStatus::Refunded, "refunded"),
    ];

    /// As in JSON.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(status, _)| *status == self).map_or("unknown", |(_, name)| name)
    }

    /// The status of this [name](Self::name), if it is one.
    pub fn parse(name: &str) -> Option<PaymentStatus> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    /// Whether money is reserved or taken, or may be.
    pub fn is_live(self) -> bool {
        !matches!(self, PaymentStatus::Declined | PaymentStatus::Voided | PaymentStatus::Refunded)
    }
}

/// A payment as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindPayments {
    pub ids: Vec<PaymentId>,
    pub orders: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Payments {
    pub payments: Vec<Payment>,
}

/// A step of a walk over all payments, in the order of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkPayments {
    /// Only those that come after this one.
    pub after: Option<PaymentId>,
    /// 1 to 100.
    pub limit: u32,
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
    Reverse: 1, |_| 1;
    FindPayments: 500, |find| find.ids.len().saturating_add(find.orders.len());
    WalkPayments: 100, |walk| usize::try_from(walk.limit).unwrap_or(usize::MAX);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_name() {
        for (status, name) in PaymentStatus::NAMES {
            assert_eq!(serde_json::to_value(status).unwrap(), name);
            assert_eq!((status.name(), PaymentStatus::parse(name)), (name, Some(status)));
        }
    }
}
