use customer_api::{CustomerError, CustomerId};
use kernel::ApiError;
use platform::http::{Problem, ProblemKind, kinds};
use platform::store::{Failure, StoreError};

/// As the customer module words it, whose `GET /problems/…` explains it: to a client it is the same fault.
const CUSTOMER_NOT_FOUND: ProblemKind = ProblemKind {
    status: 404,
    code: "customer-not-found",
    title: "There is no such customer",
    about: "No customer has this id.",
};

/// Refusals of the notification module, failures of its tables and of those it asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no customer {0}")]
    CustomerNotFound(CustomerId),
    /// `If-Match` named another version than this one.
    #[error("the current version is {0}")]
    Stale(i64),
    #[error("the customer module did not answer: {0}")]
    Customers(#[from] ApiError<CustomerError>),
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
        match error {
            Error::CustomerNotFound(_) => Problem::new(&CUSTOMER_NOT_FOUND, error),
            Error::Stale(_) => Problem::new(&kinds::STALE, error),
            Error::Customers(error) => error.into(),
            Error::Storage(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}
