use kernel::{Event, Money};
use order_api::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{PayMethod, PaymentId, PaymentStatus};

/// Facts about payments. Each carries the whole standing, so that a consumer needs no other event; none carries a
/// token or a word about the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum PaymentEvent {
    /// The money is the shop's to take.
    #[serde(rename = "payment.authorised")]
    Authorised(PaymentFacts),
    #[serde(rename = "payment.captured")]
    Captured(PaymentFacts),
    #[serde(rename = "payment.refunded")]
    Refunded(PaymentFacts),
    /// The authorisation was let go.
    #[serde(rename = "payment.voided")]
    Voided(PaymentFacts),
    /// There will be no money.
    #[serde(rename = "payment.declined")]
    Declined(PaymentFacts),
}

/// How a payment stands after the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentFacts {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub method: PayMethod,
    pub status: PaymentStatus,
    /// What this event is about: the amount authorised, captured, refunded, let go or declined.
    pub amount: Money,
    pub authorised: Money,
    pub captured: Money,
    pub refunded: Money,
    /// Of a decline: the provider's code, such as `insufficient_funds`.
    pub reason: Option<String>,
}

impl PaymentEvent {
    pub fn facts(&self) -> &PaymentFacts {
        match self {
            PaymentEvent::Authorised(facts)
            | PaymentEvent::Captured(facts)
            | PaymentEvent::Refunded(facts)
            | PaymentEvent::Voided(facts)
            | PaymentEvent::Declined(facts) => facts,
        }
    }
}

impl Event for PaymentEvent {
    const AGGREGATE: &'static str = "payment";
    const TYPES: &'static [&'static str] =
        &["payment.authorised", "payment.captured", "payment.refunded", "payment.voided", "payment.declined"];

    fn event_type(&self) -> &'static str {
        match self {
            PaymentEvent::Authorised(_) => "payment.authorised",
            PaymentEvent::Captured(_) => "payment.captured",
            PaymentEvent::Refunded(_) => "payment.refunded",
            PaymentEvent::Voided(_) => "payment.voided",
            PaymentEvent::Declined(_) => "payment.declined",
        }
    }
}
