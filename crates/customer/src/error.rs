use customer_api::{AddressId, CustomerError, CustomerId, PaymentMethodId};
use kernel::ApiError;
use platform::http::{Problem, kinds};
use platform::store::{Failure, StoreError};
use reference_api::ReferenceError;

use crate::countries::Refusal;

use crate::pictures::Unfit;
use crate::profile::MOST_PREFERENCES;

platform::problem_kinds! { pub(crate) PROBLEMS:
    CUSTOMER_NOT_FOUND = 404 "customer-not-found" "There is no such customer" "No customer has this id.";
    ADDRESS_NOT_FOUND = 404 "address-not-found" "There is no such address" "The customer has no address with this id.";
    PAYMENT_METHOD_NOT_FOUND = 404 "payment-method-not-found" "There is no such payment method" "The customer has no payment method with this id.";
    UNKNOWN_ADDRESS = 409 "unknown-address" "The customer has no such address" "Use the id of one of the customer's own addresses.";
    PICTURE_NOT_FOUND = 404 "picture-not-found" "There is no picture" "The customer's profile has none.";
    PICTURE_INVALID = 422 "picture-invalid" "The picture cannot be used" "Send a picture that is what its Content-Type says: JPEG, PNG or WebP, of 25 million pixels at most and 10,000 on a side. Nothing of it was kept.";
    TOO_MANY_PREFERENCES = 409 "too-many-preferences" "The profile has too many preferences" "A profile has 50 at most. Take some away: set them to null.";
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
    /// Named by a request that is about something else.
    #[error("the customer has no address {0}")]
    UnknownAddress(AddressId),
    #[error("the customer has no payment method {0}")]
    PaymentMethodNotFound(PaymentMethodId),
    #[error("the profile of {0} has no picture")]
    PictureNotFound(CustomerId),
    #[error("{0}")]
    PictureInvalid(Unfit),
    #[error("too many pictures are being worked on")]
    PicturesBusy,
    /// Why the store of pictures could not be used.
    #[error("pictures cannot be reached: {0}")]
    PicturesAway(String),
    #[error("a profile has {MOST_PREFERENCES} preferences at most")]
    TooManyPreferences,
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
            Error::UnknownAddress(_) => &UNKNOWN_ADDRESS,
            Error::PaymentMethodNotFound(_) => &PAYMENT_METHOD_NOT_FOUND,
            Error::PictureNotFound(_) => &PICTURE_NOT_FOUND,
            Error::PictureInvalid(_) => &PICTURE_INVALID,
            Error::PicturesBusy => return Problem::of(&kinds::OVERLOADED).retry_after(1),
            Error::PicturesAway(why) => {
                return Problem::of(&kinds::UNAVAILABLE).retry_after(1).caused_by(why);
            }
            Error::TooManyPreferences => &TOO_MANY_PREFERENCES,
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
            Error::AddressNotFound(id) | Error::UnknownAddress(id) => CustomerError::UnknownAddress(id),
            Error::EmailTaken => CustomerError::EmailTaken,
            // The rules of countries are known to all, like those of the request itself.
            Error::AddressRefused(refusal) => return ApiError::Incompatible(refusal.to_string()),
            Error::Reference(error) => return error.map_domain(|never| match never {}),
            Error::Storage(error) => return error.into_api(),
            Error::PaymentMethodNotFound(id) => CustomerError::UnknownPaymentMethod(id),
            // No method of the API leads here.
            Error::Stale(_)
            | Error::PictureNotFound(_)
            | Error::PictureInvalid(_)
            | Error::PicturesBusy
            | Error::PicturesAway(_)
            | Error::TooManyPreferences => {
                return ApiError::Internal(error.to_string());
            }
        })
    }
}
