use customer_api::{AddressId, CustomerError, CustomerId, PaymentMethodId};
use kernel::ApiError;
use platform::http::{Problem, kinds};
use platform::store::{Failure, StoreError};
use reference_api::ReferenceError;

use crate::countries::Refusal;

platform::problem_kinds! { pub(crate) PROBLEMS:
    CUSTOMER_NOT_FOUND = 404 "customer-not-found" "There is no such customer" "No customer has this id.";
    ADDRESS_NOT_FOUND = 404 "address-not-found" "There is no such address" "The customer has no address with this id.";
    PAYMENT_METHOD_NOT_FOUND = 404 "payment-method-not-found" "There is no such payment method" "The customer has no payment method with this id.";
    COUNTRY_DISABLED = 409 "country-disabled" "The shop takes no addresses there" "The shop has disabled this country. GET /v1/countries says which ones are enabled.";
    EMAIL_TAKEN = 409 "email-taken" "The email is taken" "Another customer has this email, perhaps in another case.";
}

/// Refusals of the customer module, and failures of its tables.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no customer {0}")]
    CustomerNotFound(CustomerId),
    #[error("the customer has no address {0}")]
    AddressNotFound(AddressId),
    #[error("the customer has no payment method {0}")]
    PaymentMethodNotFound(PaymentMethodId),
    // Without the email: errors reach logs.
    #[error("a customer with this email exists")]
    EmailTaken,
    #[error(transparent)]
    AddressRefused(#[from] Refusal),
    #[error("the reference module did not answer")]
    Reference(#[from] ApiError<ReferenceError>),
    /// `If-Match` named another version than this one.
    #[error("the current version is {0}")]
    Stale(i64),
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

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let kind = match error {
            Error::CustomerNotFound(_) => &CUSTOMER_NOT_FOUND,
            Error::AddressNotFound(_) => &ADDRESS_NOT_FOUND,
            Error::PaymentMethodNotFound(_) => &PAYMENT_METHOD_NOT_FOUND,
            Error::EmailTaken => &EMAIL_TAKEN,
            Error::Stale(_) => &kinds::STALE,
            Error::AddressRefused(refusal) => return refusal.into(),
            Error::Reference(error) => return error.into(),
            Error::Storage(error) => return error.into(),
        };
        Problem::new(kind, error)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}

impl From<Error> for ApiError<CustomerError> {
    fn from(error: Error) -> ApiError<CustomerError> {
        ApiError::Domain(match error {
            Error::CustomerNotFound(id) => CustomerError::UnknownCustomer(id),
            Error::AddressNotFound(id) => CustomerError::UnknownAddress(id),
            Error::EmailTaken => CustomerError::EmailTaken,
            // The rules of countries are known to all, like those of the request itself.
            Error::AddressRefused(refusal) => return ApiError::Incompatible(refusal.to_string()),
            Error::Reference(error) => return error.map_domain(|never| match never {}),
            Error::Storage(error) => return error.into_api(),
            Error::PaymentMethodNotFound(id) => CustomerError::UnknownPaymentMethod(id),
            // No method of the API leads here.
            Error::Stale(_) => {
                return ApiError::Internal(error.to_string());
            }
        })
    }
}
