use inventory_api::InventoryError;
use kernel::ApiError;
use platform::http::{Problem, kinds};
use platform::store::{Failure, StoreError};

platform::problem_kinds! { pub(crate) PROBLEMS:
    STOCK_NOT_FOUND = 404 "stock-not-found" "There is no stock of this SKU" "Nothing was ever received under this SKU. The first adjustment makes it known, and so do its settings.";
    STOCK_RESERVED = 409 "stock-reserved" "The stock is reserved" "A location would be left with less on hand than is reserved there for orders.";
    QUANTITY_OUT_OF_RANGE = 409 "quantity-out-of-range" "The quantity is out of range" "The stock on hand would leave the range of a 64-bit integer.";
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] InventoryError),
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
            Error::Refused(_) | Error::Stale(_) => None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let refusal = match error {
            Error::Storage(error) => return error.into(),
            Error::Stale(_) => return Problem::new(&kinds::STALE, error),
            Error::Refused(refusal) => refusal,
        };
        let kind = match refusal {
            InventoryError::UnknownSku(_) => &STOCK_NOT_FOUND,
            InventoryError::StockReserved { .. } => &STOCK_RESERVED,
            InventoryError::OutOfRange => &QUANTITY_OUT_OF_RANGE,
            // No REST row of this module reserves; the order module words these for its own.
            InventoryError::InsufficientStock(_) | InventoryError::HoldReleased => &kinds::CONFLICT,
        };
        Problem::new(kind, refusal)
    }
}

impl From<Error> for ApiError<InventoryError> {
    fn from(error: Error) -> ApiError<InventoryError> {
        match error {
            Error::Refused(refusal) => ApiError::Domain(refusal),
            Error::Storage(error) => error.into_api(),
            // No method of the API leads here.
            Error::Stale(_) => ApiError::Internal(error.to_string()),
        }
    }
}
