use kernel::ApiError;
use order_api::{OrderError, OrderId, OrderStatus};
use platform::http::Problem;
use platform::store::{Failure, StoreError};

platform::problem_kinds! { pub(crate) PROBLEMS:
    ORDER_NOT_FOUND = 404 "order-not-found" "There is no such order" "Neither by id nor by number, or it is not yours to see.";
    ORDER_NOT_PLACED = 409 "order-not-placed" "The order is not placed" "Only a placed order can be cancelled: this one is still pending, or was rejected.";
    UNKNOWN_CUSTOMER = 409 "unknown-customer" "There is no such customer" "The order names a customer that does not exist.";
    UNKNOWN_ADDRESS = 409 "unknown-address" "The customer has no such address" "The shipping address must be one of the customer's own.";
    UNKNOWN_PAYMENT_METHOD = 409 "unknown-payment-method" "The customer has no such payment method" "`payment.payment_method_id` must be one of the customer's own.";
    PAYMENT_DECLINED = 409 "payment-declined" "The payment was declined" "`errors` has the provider's reason. Nothing was charged and nothing is held. Order again, with a new Idempotency-Key and other means.";
    PAYMENT_METHOD_UNAVAILABLE = 409 "payment-method-unavailable" "Payment by this method is not available" "This shop takes no cards: no gateway is configured.";
    ORDER_GIVEN_UP = 409 "order-given-up" "The order was given up" "An operator ended it before it could be placed. Nothing was charged and nothing is held.";
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
