//! What other modules may know of notifications: what became of the mails about an order.

mod error;
mod types;

use kernel::module_api;

pub use self::error::NotificationError;
pub use self::types::{
    Channel, FindMessages, Message, MessageId, MessageKind, MessageStatus, Messages, Recipient, Suppression,
    Template, Topic,
};

module_api! {
    /// Mails, and what became of them.
    pub trait NotificationApi = "notification", error NotificationError, adapters notification_rpc,
        contract {
            version: 2,
            events: [],
            blessed: include_str!("../../../../contracts/notification/fingerprints"),
        } {
        /// The latest messages about these orders, 500 at most in all, newest first.
        query find_messages(FindMessages) -> Messages;
    }
}
