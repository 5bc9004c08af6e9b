//! What is told, of which event, and to whom. Nothing here does I/O.

use std::time::Duration;

use customer_api::CustomerId;
use identity_api::{LetterEvent, LetterId, Purpose};
use inventory_api::InventoryEvent;
use kernel::{Envelope, EventId, Money, Sku, Timestamp};
use notification_api::{MessageId, Recipient, Suppression, Template, Topic};
use order_api::{OrderEvent, OrderId, ShipmentId};
use payment_api::PaymentEvent;
use serde::{Deserialize, Serialize};

/// What the event says that nobody can be asked later. Kept with the message, so it holds nothing personal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub(crate) enum Facts {
    /// The order says it all.
    Order,
    /// The order says what was in it.
    Shipment {
        id: ShipmentId,
    },
    Refund {
        amount: Money,
    },
    Stock {
        sku: Sku,
        available: i64,
        threshold: i64,
    },
    /// Its owner says what is in it, each time with another secret, so it is asked for when it is sent.
    Letter {
        id: LetterId,
    },
}

/// Something that is worth a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub template: Template,
    pub order_id: Option<OrderId>,
    pub customer_id: Option<CustomerId>,
    pub facts: Facts,
}

/// A message that was decided on. Without a suppression it is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct NewMessage {
    pub id: MessageId,
    pub key: String,
    pub news: News,
    pub event_id: EventId,
    pub suppression: Option<Suppression>,
    pub at: Timestamp,
}

/// What the shop wants, as far as deciding needs it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// What happened longer ago than this when it is heard is not told any more.
    pub max_age: Duration,
    pub shop_has_address: bool,
}

/// What is worth a message, if anything.
pub(crate) trait Newsworthy {
    fn news(&self) -> Option<News>;
}

impl Newsworthy for OrderEvent {
    fn news(&self) -> Option<News> {
        let (template, facts) = match self {
            OrderEvent::Created { .. } => (Template::OrderConfirmation, Facts::Order),
            OrderEvent::Cancelled { .. } => (Template::OrderCancellation, Facts::Order),
            OrderEvent::Shipped { shipment, .. } => {
                (Template::OrderShipment, Facts::Shipment { id: shipment.id })
            }
            // The one who asked for the order was told so in the reply; the last shipment and the payment tell the rest.
            OrderEvent::NeedsReview { .. } | OrderEvent::Rejected { .. } | OrderEvent::Completed { .. } => {
                return None;
            }
        };
        let order = self.order();
        let (order_id, customer_id) = (Some(order.id), Some(order.customer_id));
        Some(News { template, order_id, customer_id, facts })
    }
}

impl Newsworthy for PaymentEvent {
    fn news(&self) -> Option<News> {
        match self {
            PaymentEvent::Refunded(facts) => Some(News {
                template: Template::Refund,
                order_id: Some(facts.order_id),
                customer_id: None,
                facts: Facts::Refund { amount: facts.amount },
            }),
            PaymentEvent::Authorised(_)
            | PaymentEvent::Captured(_)
            | PaymentEvent::Voided(_)
            | PaymentEvent::Declined(_) => None,
        }
    }
}

impl Newsworthy for InventoryEvent {
    fn news(&self) -> Option<News> {
        match self {
            InventoryEvent::Low { sku, available, threshold } => {
                let facts = Facts::Stock { sku: sku.clone(), available: *available, threshold: *threshold };
                Some(News { template: Template::LowStock, order_id: None, customer_id: None, facts })
            }
            InventoryEvent::Adjusted { .. }
            | InventoryEvent::Transferred { .. }
            | InventoryEvent::Out { .. }
            | InventoryEvent::Back { .. } => None,
        }
    }
}

impl Newsworthy for LetterEvent {
    fn news(&self) -> Option<News> {
        let LetterEvent::Requested { letter_id, purpose } = self;
        let facts = Facts::Letter { id: *letter_id };
        Some(News { template: template_of(*purpose), order_id: None, customer_id: None, facts })
    }
}

/// What a letter about an account says.
pub(crate) fn template_of(purpose: Purpose) -> Template {
    match purpose {
        Purpose::Confirmation => Template::AccountConfirmation,
        Purpose::AlreadyRegistered => Template::AccountExists,
        Purpose::PasswordReset => Template::PasswordReset,
        Purpose::Invitation => Template::Invitation,
    }
}

pub(crate) fn recipient_of(template: Template) -> Recipient {
    match template {
        Template::OrderConfirmation
        | Template::OrderCancellation
        | Template::OrderShipment
        | Template::Refund => Recipient::Customer,
        Template::LowStock => Recipient::Shop,
        Template::AccountConfirmation
        | Template::AccountExists
        | Template::PasswordReset
        | Template::Invitation => Recipient::Account,
    }
}

/// What a customer can turn off; `None` if it is sent in any case. The confirmation of an order is: it is what the customer
/// has in hand of the contract, and in the EU the law asks for it (Directive 2011/83, article 8 (7)).
pub(crate) fn topic_of(template: Template) -> Option<Topic> {
    match template {
        Template::OrderConfirmation
        | Template::LowStock
        | Template::AccountConfirmation
        | Template::AccountExists
        | Template::PasswordReset
        | Template::Invitation => None,
        Template::OrderCancellation | Template::OrderShipment => Some(Topic::Orders),
        Template::Refund => Some(Topic::Refunds),
    }
}

/// What a message is known by: an event makes one of a template for one recipient.
pub(crate) fn key_of(event: EventId, template: Template) -> String {
    format!("{event}:{}:{}", template.name(), recipient_of(template).name())
}

/// Decides on a message.
pub(crate) fn decide(
    news: News,
    event: &Envelope,
    rules: Rules,
    id: MessageId,
    now: Timestamp,
) -> NewMessage {
    let suppression = if now.since(event.occurred_at) > rules.max_age {
        Some(Suppression::TooOld)
    } else if recipient_of(news.template) == Recipient::Shop && !rules.shop_has_address {
        Some(Suppression::NoAddress)
    } else {
        None
    };
    let key = key_of(event.event_id, news.template);
    NewMessage { id, key, news, event_id: event.event_id, suppression, at: now }
}
