use kernel::{Event, Money};
use order_api::OrderId;
use serde::{Deserialize, Serialize};

use crate::{PayMethod, PaymentId, PaymentStatus};

/// Facts about payments. Each carries the whole standing, so that a consumer needs no other event; none carries a
/// token or a word about the payer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PaymentEvent {
    /// The money is the shop's to take.
    Authorised(PaymentFacts),
    Captured(PaymentFacts),
    Refunded(PaymentFacts),
    /// The authorisation was let go.
    Voided(PaymentFacts),
    /// There will be no money.
    Declined(PaymentFacts),
}

/// How a payment stands after the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
