//! What other modules may know of payments: have one authorised, have it captured, voided or refunded, and ask how it
//! stands.
//!
//! Money has three kinds of answers: yes, no, and not known yet. The third is a state of its own here
//! ([`AuthorisationOutcome::Unknown`], `ApiError::Unavailable`), never a guess: the module goes on asking the provider
//! until it knows, and repeating a command asks for the truth, not for a second charge.

mod error;
mod events;
mod types;

use kernel::module_api;

pub use self::error::PaymentError;
pub use self::events::{PaymentEvent, PaymentFacts};
pub use self::types::{
    Authorisation, AuthorisationOutcome, Authorise, Capture, FindPayments, Means, PayMethod, Payment,
    PaymentId, PaymentKind, PaymentStatus, Payments, Refund, Token, TransactionId, TransactionKind, Void,
};

module_api! {
    /// Payments of orders.
    pub trait PaymentApi = "payment", error PaymentError, adapters payment_rpc {
        /// Has the amount of an order authorised. Keyed by the order, whatever the key of the call: there is one
        /// payment per order and one charge per payment, and repeating the command answers how it stands by now. An
        /// outcome that was unknown is looked up at the provider when it is asked for again. Refused with
        /// [`PaymentError::OtherTerms`] when the order asked before for another amount or method,
        /// [`PaymentError::OrderVoided`], [`PaymentError::MethodUnavailable`] and
        /// [`PaymentError::CardNumberRefused`].
        command authorise(Authorise) -> Authorisation;
        /// Takes authorised money, all that is left or a part. Keyed by the key of the call. Unavailable while the
        /// outcome is unknown: repeat with the same key.
        command capture(Capture) -> Payment;
        /// Gives captured money back, all that is left or a part. Keyed by the key of the call. Unavailable while the
        /// outcome is unknown: repeat with the same key.
        command refund(Refund) -> Payment;
        /// Lets the authorisation of an order go. Keyed by the order; also when none was ever asked for, so that one
        /// that comes late is refused. The payment that comes back is `voided` or `declined` when nothing is held any
        /// more; with any other status the module has noted the wish and goes on by itself until nothing is held.
        /// Refused with [`PaymentError::NotVoidable`] once money was captured: refund it.
        command void(Void) -> Payment;
        /// Payments by id or by order; those that do not exist are absent.
        query find(FindPayments) -> Payments;
    }
}
