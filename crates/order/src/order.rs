//! The order: every rule and every transition. Pure.

use std::collections::BTreeMap;

use customer_api::{AddressFields, CustomerId};
use kernel::{Currency, Money, MoneyError, Sku, Timestamp};
use order_api::{OrderEvent, OrderId, OrderLine, OrderStatus, PaymentMethod};
use payment_api::PaymentStatus;
use serde::{Deserialize, Serialize};

use crate::payment::Payment;
use crate::review::Review;
use crate::shipment::Shipment;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub id: OrderId,
    pub customer_id: CustomerId,
    pub currency: Currency,
    pub lines: Vec<Line>,
    pub shipping: Money,
    pub tax: Money,
    pub total: Money,
    pub shipping_address: AddressFields,
    /// If the address is from a copy, until it is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    pub payment: Payment,
    /// In the order in which they left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipments: Vec<Shipment>,
    pub status: Status,
    pub version: i64,
    pub created_at: Timestamp,
}

/// Title and price as they were when the order was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Where the request first named the SKU.
    pub position: i32,
    pub sku: Sku,
    pub title: String,
    pub quantity: i64,
    pub unit_price: Money,
    pub total: Money,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Pending,
    NeedsReview,
    Placed(Placement),
    PartiallyShipped(Placement),
    Shipped(Placement),
    Completed(Placement),
    Rejected { reason: String },
    Cancelled { placed: Placement, reason: String, at: Timestamp },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Placement {
    pub number: i64,
    pub at: Timestamp,
}

/// What a new order is made from; the prices are quoted.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub id: OrderId,
    pub customer_id: CustomerId,
    pub currency: Currency,
    pub lines: Vec<DraftLine>,
    pub shipping_address: AddressFields,
    pub review: Option<Review>,
    pub payment_method: PaymentMethod,
}

#[derive(Clone, Debug)]
pub(crate) struct DraftLine {
    pub position: i32,
    pub sku: Sku,
    pub title: String,
    pub quantity: i64,
    pub unit_price: Money,
}

/// The order's status forbids the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forbidden(pub OrderStatus);

impl Order {
    /// A pending order. Shipping and tax are free until there is an owner for their rates.
    ///
    /// # Errors
    /// When a sum leaves the range of 64 bits.
    pub(crate) fn new(draft: Draft, now: Timestamp) -> Result<Order, MoneyError> {
        let free = Money::zero(draft.currency);
        let lines = draft.lines.into_iter().map(Line::new).collect::<Result<Vec<_>, _>>()?;
        let subtotal = Money::sum(draft.currency, lines.iter().map(|line| line.total))?;
        Ok(Order {
            id: draft.id,
            customer_id: draft.customer_id,
            currency: draft.currency,
            lines,
            shipping: free,
            tax: free,
            total: subtotal.checked_add(free)?,
            shipping_address: draft.shipping_address,
            review: draft.review,
            payment: Payment::new(draft.payment_method),
            shipments: Vec::new(),
            status: Status::Pending,
            version: 1,
            created_at: now,
        })
    }

    /// Notes how the payment stands, as its owner answered.
    pub(crate) fn note_payment(&mut self, status: PaymentStatus, redirect_url: Option<String>) {
        if self.payment.status != status || self.payment.redirect_url != redirect_url {
            self.payment.status = status;
            self.payment.redirect_url = redirect_url;
            self.version = self.version.saturating_add(1);
        }
    }

    /// Keeps the order for its review: its stock is held and its payment authorised, where it needs to be. `None` when it is
    /// kept already.
    pub(crate) fn keep_for_review(&mut self) -> Result<Option<OrderEvent>, Forbidden> {
        match self.status {
            Status::NeedsReview => Ok(None),
            Status::Pending => {
                self.turn(Status::NeedsReview);
                Ok(Some(OrderEvent::NeedsReview { order: self.view() }))
            }
            _ => Err(Forbidden(self.kind())),
        }
    }

    /// Accepts the order: its stock is held and its payment authorised, where it needs to be, and its address confirmed.
    /// `None` when it is placed already.
    pub(crate) fn place(&mut self, number: i64, now: Timestamp) -> Result<Option<OrderEvent>, Forbidden> {
        match self.status {
            Status::Placed(_) | Status::PartiallyShipped(_) | Status::Shipped(_) | Status::Completed(_) => {
                Ok(None)
            }
            Status::Pending | Status::NeedsReview => {
                self.review = None;
                self.turn(Status::Placed(Placement { number, at: now }));
                Ok(Some(OrderEvent::Created { order: self.view() }))
            }
            Status::Rejected { .. } | Status::Cancelled { .. } => Err(Forbidden(self.kind())),
        }
    }

    /// Refuses the order. `None` when it is rejected already.
    pub(crate) fn reject(&mut self, reason: &str) -> Result<Option<OrderEvent>, Forbidden> {
        match self.status {
            Status::Rejected { .. } => Ok(None),
            Status::Pending | Status::NeedsReview => {
                self.review = None;
                self.turn(Status::Rejected { reason: reason.to_owned() });
                Ok(Some(OrderEvent::Rejected { order: self.view() }))
            }
            _ => Err(Forbidden(self.kind())),
        }
    }

    /// Cancels the order, as long as nothing has left; its stock and its money go back once their owners hear of it. `None`
    /// when it is cancelled already.
    pub(crate) fn cancel(&mut self, reason: &str, now: Timestamp) -> Result<Option<OrderEvent>, Forbidden> {
        match self.status {
            Status::Cancelled { .. } => Ok(None),
            Status::Placed(placed) => {
                self.turn(Status::Cancelled { placed, reason: reason.to_owned(), at: now });
                Ok(Some(OrderEvent::Cancelled { order: self.view() }))
            }
            _ => Err(Forbidden(self.kind())),
        }
    }

    pub(crate) fn turn(&mut self, status: Status) {
        self.status = status;
        self.version = self.version.saturating_add(1);
    }

    pub(crate) fn kind(&self) -> OrderStatus {
        match self.status {
            Status::Pending => OrderStatus::Pending,
            Status::NeedsReview => OrderStatus::NeedsReview,
            Status::Placed(_) => OrderStatus::Placed,
            Status::PartiallyShipped(_) => OrderStatus::PartiallyShipped,
            Status::Shipped(_) => OrderStatus::Shipped,
            Status::Completed(_) => OrderStatus::Completed,
            Status::Rejected { .. } => OrderStatus::Rejected,
            Status::Cancelled { .. } => OrderStatus::Cancelled,
        }
    }

    pub(crate) fn placement(&self) -> Option<Placement> {
        match self.status {
            Status::Placed(placed)
            | Status::PartiallyShipped(placed)
            | Status::Shipped(placed)
            | Status::Completed(placed)
            | Status::Cancelled { placed, .. } => Some(placed),
            Status::Pending | Status::NeedsReview | Status::Rejected { .. } => None,
        }
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        match &self.status {
            Status::Rejected { reason } | Status::Cancelled { reason, .. } => Some(reason),
            _ => None,
        }
    }

    pub(crate) fn cancelled_at(&self) -> Option<Timestamp> {
        match self.status {
            Status::Cancelled { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The sum of the lines; the total was checked against it when the order was made.
    pub(crate) fn subtotal(&self) -> Money {
        Money::sum(self.currency, self.lines.iter().map(|line| line.total)).unwrap_or(self.total)
    }

    /// As others may see it.
    pub(crate) fn view(&self) -> order_api::Order {
        let (placed, shipped) = (self.placement(), self.shipped());
        order_api::Order {
            id: self.id,
            number: placed.map(|placed| placed.number.to_string()),
            status: self.kind(),
            customer_id: self.customer_id,
            currency: self.currency,
            lines: self.lines.iter().map(|line| line.view(&shipped)).collect(),
            subtotal: self.subtotal(),
            shipping: self.shipping,
            tax: self.tax,
            total: self.total,
            shipping_address: self.shipping_address.clone(),
            review: self.review.as_ref().map(Review::view),
            payment: self.payment.view(self),
            shipments: self.shipments.iter().map(|shipment| shipment.view(self)).collect(),
            reason: self.reason().map(str::to_owned),
            placed_at: placed.map(|placed| placed.at),
            cancelled_at: self.cancelled_at(),
            version: self.version,
            created_at: self.created_at,
        }
    }
}

impl Line {
    fn new(draft: DraftLine) -> Result<Line, MoneyError> {
        Ok(Line {
            position: draft.position,
            total: draft.unit_price.checked_mul(draft.quantity)?,
            sku: draft.sku,
            title: draft.title,
            quantity: draft.quantity,
            unit_price: draft.unit_price,
        })
    }

    fn view(&self, shipped: &BTreeMap<i32, i64>) -> OrderLine {
        OrderLine {
            sku: self.sku.clone(),
            title: self.title.clone(),
            quantity: self.quantity,
            shipped: shipped.get(&self.position).copied().unwrap_or(0),
            unit_price: self.unit_price,
            total: self.total,
        }
    }
}

#[cfg(test)]
mod tests;
