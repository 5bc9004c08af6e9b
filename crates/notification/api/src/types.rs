use customer_api::CustomerId;
use kernel::{Bounded, EventId, Timestamp};
use order_api::OrderId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// One message to one recipient.
    MessageKind / MessageId = "msg";
}

/// An enum whose values have the names that they have in JSON.
macro_rules! named {
    ($(#[$meta:meta])* $Enum:ident { $($(#[$doc:meta])* $Value:ident = $name:literal,)+ }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
        #[serde(rename_all = "snake_case")]
        $(#[$meta])*
        pub enum $Enum {
            $($(#[$doc])* $Value,)+
        }

        impl $Enum {
            pub const ALL: &'static [$Enum] = &[$($Enum::$Value,)+];

            /// As in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $($Enum::$Value => $name,)+
                }
            }

            /// The value of this [name](Self::name), if there is one.
            pub fn parse(name: &str) -> Option<$Enum> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }
    };
}

named! {
    /// What a message says.
    #[schema(as = MessageTemplate)]
    Template {
        /// To the customer: the order is placed.
        OrderConfirmation = "order_confirmation",
        /// To the customer: the order is cancelled.
        OrderCancellation = "order_cancellation",
        /// To the customer: goods have left.
        OrderShipment = "order_shipment",
        /// To the customer: money goes back.
        Refund = "refund",
        /// To the shop: a SKU is running out.
        LowStock = "low_stock",
        /// To whoever wants an account: they are to confirm the address.
        AccountConfirmation = "account_confirmation",
        /// To whoever wants an account with an address that has one.
        AccountExists = "account_exists",
        /// To whoever has forgotten a password: they are to choose another one.
        PasswordReset = "password_reset",
        /// To somebody who was taken on: they are to choose a password.
        Invitation = "invitation",
    }
}

named! {
    /// What customers can choose to hear of.
    #[schema(as = NotificationTopic)]
    Topic {
        /// What becomes of an order, beyond its confirmation.
        Orders = "orders",
        /// Money that goes back.
        Refunds = "refunds",
    }
}

named! {
    /// How a message travels.
    #[schema(as = NotificationChannel)]
    Channel {
        Email = "email",
    }
}

named! {
    /// Whom a message is for.
    #[schema(as = MessageRecipient)]
    Recipient {
        /// The one whose order it is about.
        Customer = "customer",
        /// The shop's own address.
        Shop = "shop",
        /// The one who is to log in.
        Account = "account",
    }
}

named! {
    MessageStatus {
        /// It is to be sent, for the first time or again.
        Queued = "queued",
        /// The mail server has accepted it.
        Sent = "sent",
        /// It was refused for good, or too often. An operator can have it tried again.
        Failed = "failed",
        /// It is not to be sent.
        Suppressed = "suppressed",
    }
}

named! {
    /// Why a message is not to be sent.
    #[schema(as = MessageSuppression)]
    Suppression {
        /// What it tells was too long ago when it was heard.
        TooOld = "too_old",
        /// The customer does not want to hear of it.
        OptedOut = "opted_out",
        /// Later news has made it wrong or needless, such as the confirmation of an order that is cancelled by now, or a letter
        /// about an account that has served its purpose.
        Superseded = "superseded",
        /// The shop has given no address of its own.
        NoAddress = "no_address",
    }
}

/// A message, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Message {
    pub id: MessageId,
    pub template: Template,
    pub channel: Channel,
    pub recipient: Recipient,
    /// Of a message to a customer, once it is known whose the order is.
    #[schema(required)]
    pub customer_id: Option<CustomerId>,
    /// What it is about, if that is an order.
    #[schema(required)]
    pub order_id: Option<OrderId>,
    /// What it tells.
    pub event_id: EventId,
    pub status: MessageStatus,
    /// Of a suppressed one.
    #[schema(required)]
    pub suppression: Option<Suppression>,
    /// How often it was tried to send it.
    pub attempts: i32,
    /// What was the matter last time.
    #[schema(required)]
    pub last_error: Option<String>,
    /// While it is queued: when it is tried next.
    #[schema(required)]
    pub next_attempt_at: Option<Timestamp>,
    pub created_at: Timestamp,
    #[schema(required)]
    pub sent_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindMessages {
    /// 100 at most.
    pub orders: Vec<OrderId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Messages {
    pub messages: Vec<Message>,
}

impl Bounded for FindMessages {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.orders.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_json() {
        macro_rules! agree {
            ($($Enum:ident)+) => { $(
                for value in $Enum::ALL {
                    assert_eq!(serde_json::to_value(value).unwrap(), value.name());
                    assert_eq!($Enum::parse(value.name()), Some(*value));
                }
            )+ };
        }
        agree!(Template Topic Channel Recipient MessageStatus Suppression);
        assert_eq!(Template::parse("newsletter"), None);
    }
}
