//! Why an order cannot be placed, or goods of it not shipped, in the words of the REST contract.

use catalog_api::QuoteRefusal;
use customer_api::CustomerError;
use inventory_api::{InventoryError, Shortage};
use kernel::Sku;
use payment_api::PaymentError;
use platform::http::{FieldError, Problem, ProblemKind, kinds};

use crate::error;
use crate::order::Order;
use crate::shipment::{BadLine, LineFault};

/// The line of the request that is at fault.
#[derive(Clone, Debug)]
pub(crate) struct RefusedLine {
    pub position: i32,
    pub sku: Sku,
    pub refusal: QuoteRefusal,
}

impl RefusedLine {
    fn kind(&self) -> &'static ProblemKind {
        match self.refusal {
            QuoteRefusal::UnknownSku => &error::UNKNOWN_SKU,
            QuoteRefusal::NotPurchasable => &error::SKU_NOT_PURCHASABLE,
            QuoteRefusal::PriceMissing => &error::PRICE_MISSING,
        }
    }
}

/// All refused lines; the first one's kind is the problem's.
pub(crate) fn of_quote(lines: &[RefusedLine]) -> Option<Problem> {
    let kind = lines.first()?.kind();
    let errors = lines.iter().map(|line| {
        FieldError::new(format!("/lines/{}/sku", line.position), line.kind().code)
            .figure("sku", line.sku.as_str())
    });
    Some(Problem::of(kind).errors(errors))
}

/// All lines at fault; the first one's kind is the problem's.
pub(crate) fn of_shipment(lines: &[BadLine]) -> Problem {
    let kind = lines.first().map_or(&error::SHIPMENT_EXCEEDS_ORDER, BadLine::kind);
    Problem::of(kind).errors(lines.iter().map(BadLine::describe))
}

impl BadLine {
    fn kind(&self) -> &'static ProblemKind {
        match self.fault {
            LineFault::NotOrdered => &error::SKU_NOT_ORDERED,
            LineFault::Exceeds { .. } => &error::SHIPMENT_EXCEEDS_ORDER,
            LineFault::Backordered { .. } => &error::STOCK_BACKORDERED,
        }
    }

    fn describe(&self) -> FieldError {
        let (position, code) = (self.position, self.kind().code);
        let at = |field: &str| {
            FieldError::new(format!("/lines/{position}/{field}"), code).figure("sku", self.sku.as_str())
        };
        let short = || at("quantity").figure("requested", self.requested);
        match self.fault {
            LineFault::NotOrdered => at("sku"),
            LineFault::Exceeds { remaining } => short().figure("remaining", remaining),
            LineFault::Backordered { available } => short().figure("available", available),
        }
    }
}

pub(crate) fn of_customer(refusal: &CustomerError) -> Problem {
    let (kind, pointer) = match refusal {
        CustomerError::UnknownAddress(_) => (&error::UNKNOWN_ADDRESS, "/shipping_address_id"),
        CustomerError::UnknownPaymentMethod(_) => {
            (&error::UNKNOWN_PAYMENT_METHOD, "/payment/payment_method_id")
        }
        CustomerError::UnknownCustomer(_) | CustomerError::EmailTaken => {
            (&error::UNKNOWN_CUSTOMER, "/customer_id")
        }
    };
    Problem::new(kind, refusal).errors([FieldError::new(pointer, kind.code)])
}

pub(crate) fn of_reservation(order: &Order, refusal: &InventoryError) -> Problem {
    match refusal {
        InventoryError::InsufficientStock(shortages) => Problem::of(&error::INSUFFICIENT_STOCK)
            .errors(shortages.iter().map(|short| short_line(order, short))),
        InventoryError::HoldReleased
        | InventoryError::UnknownSku(_)
        | InventoryError::StockReserved { .. }
        | InventoryError::OutOfRange => Problem::of(&error::HOLD_RELEASED),
    }
}

/// The provider's code is for people who know it; ours is for programs.
pub(crate) fn declined(reason: &str) -> Problem {
    let at = FieldError::new("/payment", error::PAYMENT_DECLINED.code).figure("reason", reason);
    Problem::of(&error::PAYMENT_DECLINED).errors([at])
}

pub(crate) fn payment_not_completed() -> Problem {
    declined("not_completed")
}

/// # Errors
/// A problem that is no refusal, where the payment module found a fault in us.
pub(crate) fn of_payment(refusal: &PaymentError) -> Result<Problem, Problem> {
    match refusal {
        PaymentError::MethodUnavailable => Ok(Problem::of(&error::PAYMENT_METHOD_UNAVAILABLE)),
        PaymentError::OrderVoided => Ok(declined("voided")),
        PaymentError::CardNumberRefused => Ok(declined("card_number_refused")),
        fault => Err(Problem::of(&kinds::INTERNAL).caused_by(fault)),
    }
}

fn short_line(order: &Order, short: &Shortage) -> FieldError {
    let position = order.lines.iter().find(|line| line.sku == short.sku).map_or(0, |line| line.position);
    FieldError::new(format!("/lines/{position}/quantity"), error::INSUFFICIENT_STOCK.code)
        .figure("sku", short.sku.as_str())
        .figure("requested", short.requested)
        .figure("available", short.available)
}

/// The sums leave the range of 64 bits: a fault of the request, not of the shop's state.
pub(crate) fn total_out_of_range() -> Problem {
    Problem::of(&kinds::VALIDATION).errors([
        FieldError::new("/lines", "total-out-of-range").detail("the total is more than can be counted")
    ])
}
