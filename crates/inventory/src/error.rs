use inventory_api::InventoryError;
use kernel::ApiError;
use platform::http::{Problem, ProblemKind, kinds};
use platform::store::{Failure, StoreError};

pub(crate) const STOCK_NOT_FOUND: ProblemKind = ProblemKind {
    status: 404,
    code: "stock-not-found",
    title: "There is no stock of this SKU",
    about: "Nothing was ever received under this SKU. The first adjustment makes it known.",
};
pub(crate) const STOCK_RESERVED: ProblemKind = ProblemKind {
    status: 409,
    code: "stock-reserved",
    title: "The stock is reserved",
    about: "The adjustment would leave less on hand than is reserved for orders.",
};
pub(crate) const QUANTITY_OUT_OF_RANGE: ProblemKind = ProblemKind {
    status: 409,
    code: "quantity-out-of-range",
    title: "The quantity is out of range",
    about: "The stock on hand would leave the range of a 64-bit integer.",
};
pub(crate) const PROBLEMS: &[ProblemKind] = &[STOCK_NOT_FOUND, STOCK_RESERVED, QUANTITY_OUT_OF_RANGE];

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Refused(#[from] InventoryError),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            Error::Refused(_) => None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        let refusal = match error {
            Error::Storage(error) => return error.into(),
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
        }
    }
}
