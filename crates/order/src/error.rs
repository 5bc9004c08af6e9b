use kernel::ApiError;
use order_api::{OrderError, OrderId, OrderStatus};
use platform::http::Problem;
use platform::store::{Failure, StoreError};

platform::problem_kinds! { pub(crate) PROBLEMS:
    ORDER_NOT_FOUND = 404 "order-not-found" "There is no such order" "Neither by id nor by number, or it is not yours to see.";
    ORDER_NOT_PLACED = 409 "order-not-placed" "The order is not placed" "Only a placed order can be cancelled: this one is still pending, or was rejected.";
    UNKNOWN_CUSTOMER = 409 "unknown-customer" "There is no such customer" "The order names a customer that does not exist.";
    UNKNOWN_ADDRESS = 409 "unknown-address" "The customer has no such address" "The shipping address must be one of the customer's own.";
    UNKNOWN_SKU = 409 "unknown-sku" "There is no such SKU" "`errors` names each line whose SKU the catalog does not know.";
    SKU_NOT_PURCHASABLE = 409 "sku-not-purchasable" "A SKU is not for sale" "Its product is a draft or archived.";
    PRICE_MISSING = 409 "price-missing" "A SKU has no price in this currency" "Order in a currency that every line has a price in.";
    INSUFFICIENT_STOCK = 409 "insufficient-stock" "There is not enough stock" "`errors` names every line that is short, with what was requested and what is available. Nothing is held.";
    HOLD_RELEASED = 409 "hold-released" "The order took too long" "Its stock was let go before it could be placed. Order again, with a new Idempotency-Key.";
}

#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such order")]
    NotFound,
    #[error("the order is {0:?}")]
    NotPlaced(OrderStatus),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl Failure for Error {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Error::Storage(error) => Some(error),
            Error::NotFound | Error::NotPlaced(_) => None,
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Problem {
        match error {
            Error::NotFound => Problem::of(&ORDER_NOT_FOUND),
            Error::NotPlaced(_) => Problem::new(&ORDER_NOT_PLACED, error),
            Error::Storage(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        Problem::from(&error)
    }
}

impl Error {
    pub(crate) fn into_api(self, order: OrderId) -> ApiError<OrderError> {
        match self {
            Error::NotFound => ApiError::Domain(OrderError::UnknownOrder(order)),
            Error::NotPlaced(status) => ApiError::Domain(OrderError::WrongStatus(status)),
            Error::Storage(error) => error.into_api(),
        }
    }
}
