use kernel::{ApiError, MoneyError};
use payment_api::PaymentError;
use platform::http::{Problem, ProblemKind, kinds};
use platform::store::{Failure, StoreError};

platform::problem_kinds! { pub(crate) PROBLEMS:
    PAYMENT_NOT_FOUND = 404 "payment-not-found" "There is no such payment" "No payment has this id.";
    PAYMENT_NOT_CAPTURABLE = 409 "payment-not-capturable" "Nothing can be captured" "Only an authorised payment can be captured, and only what was not captured before.";
    AMOUNT_EXCEEDS_AUTHORISED = 409 "amount-exceeds-authorised" "The amount is more than is left to capture" "Captures together cannot be more than what was authorised. Those whose outcome is unknown count.";
    PAYMENT_NOT_REFUNDABLE = 409 "payment-not-refundable" "Nothing can be refunded" "Only captured money can be refunded, and only once.";
    AMOUNT_EXCEEDS_CAPTURED = 409 "amount-exceeds-captured" "The amount is more than is left to refund" "Refunds together cannot be more than what was captured. Those whose outcome is unknown count.";
    PAYMENT_NOT_VOIDABLE = 409 "payment-not-voidable" "The payment cannot be voided" "Money was captured, or is being captured: refund it.";
    PAYMENT_CURRENCY_MISMATCH = 409 "payment-currency-mismatch" "The amount is in another currency" "A payment is captured and refunded in the currency it was authorised in, and by more than nothing.";
    PAYMENT_REFUSED = 409 "payment-refused" "The payment provider refused" "The provider said no, and nothing changed. `detail` has its code.";
    PAYMENT_OUTCOME_UNKNOWN = 503 "payment-outcome-unknown" "The payment provider has not answered" "It may have acted. Repeat the request with the same Idempotency-Key after Retry-After seconds: that asks what became of it, and never charges or refunds again.";
    WEBHOOK_UNKNOWN = 404 "webhook-unknown" "No such provider sends events" "The path names a provider that is not configured.";
    WEBHOOK_REFUSED = 400 "webhook-refused" "The event is not genuine" "Its signature does not fit, is too old, or is missing; or the event cannot be read.";
}

/// Seconds after which an unknown outcome is worth asking for again.
const ASK_AGAIN: u32 = 2;

/// Refusals of the payment module, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] PaymentError),
    #[error("the provider has not answered")]
    OutcomeUnknown,
    #[error("the key was used for another request")]
    KeyReused,
    #[error("the request breaks the contract: {0}")]
    BreaksContract(&'static str),
    #[error("the amounts do not add up: {0}")]
    Arithmetic(#[from] MoneyError),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            _ => None,
        }
    }
}

fn kind_of(refusal: &PaymentError) -> &'static ProblemKind {
    match refusal {
        PaymentError::UnknownPayment(_) => &PAYMENT_NOT_FOUND,
        PaymentError::NotCapturable(_) => &PAYMENT_NOT_CAPTURABLE,
        PaymentError::AmountExceedsAuthorised(_) => &AMOUNT_EXCEEDS_AUTHORISED,
        PaymentError::NotRefundable(_) => &PAYMENT_NOT_REFUNDABLE,
        PaymentError::AmountExceedsCaptured(_) => &AMOUNT_EXCEEDS_CAPTURED,
        PaymentError::NotVoidable(_) => &PAYMENT_NOT_VOIDABLE,
        PaymentError::WrongAmount => &PAYMENT_CURRENCY_MISMATCH,
        PaymentError::ProviderRefused(_) => &PAYMENT_REFUSED,
        PaymentError::CardNumberRefused => &kinds::CARD_NUMBER_REFUSED,
        // No REST row of this module authorises; the order module words these for its own.
        PaymentError::OtherTerms(_) | PaymentError::OrderVoided | PaymentError::MethodUnavailable => {
            &kinds::CONFLICT
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        match error {
            Error::Refused(refusal) => Problem::new(kind_of(refusal), refusal),
            Error::OutcomeUnknown => Problem::of(&PAYMENT_OUTCOME_UNKNOWN).retry_after(ASK_AGAIN),
            Error::KeyReused => Problem::of(&kinds::IDEMPOTENCY_KEY_REUSED),
            Error::Arithmetic(_) | Error::BreaksContract(_) => Problem::of(&kinds::INTERNAL).caused_by(error),
            Error::Storage(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}

impl From<Error> for ApiError<PaymentError> {
    fn from(error: Error) -> ApiError<PaymentError> {
        match error {
            Error::Refused(refusal) => ApiError::Domain(refusal),
            Error::OutcomeUnknown => ApiError::Unavailable(error.to_string()),
            Error::KeyReused | Error::BreaksContract(_) => ApiError::Incompatible(error.to_string()),
            Error::Arithmetic(_) => ApiError::Internal(error.to_string()),
            Error::Storage(error) => error.into_api(),
        }
    }
}
