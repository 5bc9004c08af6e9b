use kernel::ApiError;
use order_api::{OrderError, OrderId, OrderStatus};
use platform::http::Problem;
use platform::store::{Failure, StoreError};

use crate::order::Forbidden;
use crate::refusal;
use crate::shipment::{BadLine, Unshippable};

platform::problem_kinds! { pub(crate) PROBLEMS:
    ORDER_NOT_FOUND = 404 "order-not-found" "There is no such order" "Neither by id nor by number, or it is not yours to see.";
    ORDER_NOT_PLACED = 409 "order-not-placed" "The order is not placed" "Only a placed order can be cancelled or shipped: this one is still pending or under review, was rejected, or is cancelled.";
    ORDER_NOT_IN_REVIEW = 409 "order-not-in-review" "The order is not under review" "Only an order that was accepted while the customer module was away is decided on by a person, and only until it is placed or rejected.";
    ORDER_ALREADY_SHIPPED = 409 "order-already-shipped" "Goods of the order have left" "An order of which anything was shipped cannot be cancelled any more.";
    SKU_NOT_ORDERED = 409 "sku-not-ordered" "The order has no such SKU" "`errors` names every line at fault. Nothing was shipped.";
    SHIPMENT_EXCEEDS_ORDER = 409 "shipment-exceeds-order" "This is more than is left to ship" "`errors` names every line at fault, with what was requested and what was ordered and has not been shipped. Nothing was shipped.";
    STOCK_BACKORDERED = 409 "stock-backordered" "The goods have not come yet" "`errors` names every line at fault, with what was requested and what is there for the order: it waits for the rest. Nothing was shipped.";
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
    #[error("the order is {0:?}")]
    NotInReview(OrderStatus),
    #[error("the order is {0:?}")]
    AlreadyShipped(OrderStatus),
    #[error("{} of the lines cannot be shipped", .0.len())]
    Unshippable(Vec<BadLine>),
    /// Inventory did not say what is there for the order.
    #[error("the stock cannot be asked")]
    StockUnknown(Problem),
    #[error("the tables failed")]
    Storage(#[from] StoreError),
}

impl From<Forbidden> for Error {
    fn from(Forbidden(status): Forbidden) -> Error {
        match status {
            OrderStatus::PartiallyShipped | OrderStatus::Shipped | OrderStatus::Completed => {
                Error::AlreadyShipped(status)
            }
            OrderStatus::Pending
            | OrderStatus::NeedsReview
            | OrderStatus::Placed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled => Error::NotPlaced(status),
        }
    }
}

impl From<Unshippable> for Error {
    fn from(why: Unshippable) -> Error {
        match why {
            Unshippable::Status(status) => Error::NotPlaced(status),
            Unshippable::Lines(lines) => Error::Unshippable(lines),
        }
    }
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
            Error::NotFound => Problem::of(&ORDER_NOT_FOUND),
            Error::NotPlaced(_) => Problem::new(&ORDER_NOT_PLACED, error),
            Error::NotInReview(_) => Problem::new(&ORDER_NOT_IN_REVIEW, error),
            Error::AlreadyShipped(_) => Problem::new(&ORDER_ALREADY_SHIPPED, error),
            Error::Unshippable(lines) => refusal::of_shipment(lines),
            Error::StockUnknown(problem) => problem.clone(),
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
            Error::NotPlaced(status) | Error::NotInReview(status) | Error::AlreadyShipped(status) => {
                ApiError::Domain(OrderError::WrongStatus(status))
            }
            Error::Unshippable(_) => {
                let (code, detail) = (Problem::from(&self).code().to_owned(), self.to_string());
                ApiError::Domain(OrderError::Refused { code, detail })
            }
            Error::StockUnknown(problem) => ApiError::Unavailable(problem.code().to_owned()),
            Error::Storage(error) => error.into_api(),
        }
    }
}
