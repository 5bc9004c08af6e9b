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
    Authorisation, AuthorisationOutcome, Authorise, Capture, FindPayments, PayMethod, Payment, PaymentId,
    PaymentKind, PaymentStatus, Payments, Refund, Reverse, TransactionId, TransactionKind, WalkPayments,
    order_of, payment_of,
};

module_api! {
    /// Payments of orders.
    pub trait PaymentApi = "payment", error PaymentError, adapters payment_rpc,
        contract {
            version: 1,
            events: [PaymentEvent],
            blessed: include_str!("../../../../contracts/payment/fingerprints"),
        } {
        /// Has the amount of an order authorised by a card; payments by hand need no authorisation. Keyed by the order,
        /// whatever the key of the call: there is one payment per order and one charge per payment, and repeating the
        /// command answers how it stands by now. An outcome that was unknown is looked up at the provider when it is
        /// asked for again. Refused with [`PaymentError::OtherTerms`] when the order asked before for another amount,
        /// [`PaymentError::OrderVoided`], [`PaymentError::MethodUnavailable`] and
        /// [`PaymentError::CardNumberRefused`].
        command authorise(Authorise) -> Authorisation;
        /// Takes authorised money, all that is left or a part. Keyed by the key of the call. Unavailable while the
        /// outcome is unknown: repeat with the same key.
        command capture(Capture) -> Payment;
        /// Gives captured money back, all that is left or a part. Keyed by the key of the call. Unavailable while the
        /// outcome is unknown: repeat with the same key.
        command refund(Refund) -> Payment;
        /// Lets the payment of an order that is no more go: an authorisation is voided, what was captured is refunded.
        /// Keyed by the order; also when there is no payment yet, so that an authorisation that comes late is refused. The
        /// payment that comes back holds nothing any more if it is not [live](PaymentStatus::is_live); else the module has
        /// noted the wish, and goes on by itself until it is so.
        command reverse(Reverse) -> Payment;
        /// Payments by id or by order; those that do not exist are absent.
        query find(FindPayments) -> Payments;
        /// All payments, in the order of their ids: for comparing copies with them.
        query walk(WalkPayments) -> Payments;
    }
}
