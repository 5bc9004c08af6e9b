//! Orders whose outcome is known, as rows.

use diesel::prelude::*;
use kernel::{Currency, Money, Sku};
use order_api::{OrderStatus, PaymentMethod};
use payment_api::PaymentStatus;
use platform::store::{Json, Key, StoreError, Time, corrupt};
use uuid::Uuid;

use crate::order::{Line, Order, Placement, Status};
use crate::payment::Payment;
use crate::schema::{order_lines, orders};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub(super) struct OrderRow {
    pub(super) id: Key,
    pub(super) number: Option<i64>,
    pub(super) status: String,
    pub(super) customer_id: Key,
    pub(super) currency: String,
    pub(super) shipping: i64,
    pub(super) tax: i64,
    pub(super) total: i64,
    pub(super) shipping_address: Json,
    pub(super) payment_method: String,
    pub(super) payment_status: String,
    pub(super) reason: Option<String>,
    pub(super) created_at: Time,
    pub(super) placed_at: Option<Time>,
    pub(super) cancelled_at: Option<Time>,
    pub(super) version: i64,
    pub(super) record_id: Key,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines)]
pub(super) struct LineRow {
    pub(super) order_id: Key,
    pub(super) position: i32,
    pub(super) sku: String,
    pub(super) title: String,
    pub(super) quantity: i64,
    pub(super) unit_price: i64,
    pub(super) total: i64,
}

pub(super) fn status_name(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "pending",
        OrderStatus::NeedsReview => "needs_review",
        OrderStatus::Placed => "placed",
        OrderStatus::PartiallyShipped => "partially_shipped",
        OrderStatus::Shipped => "shipped",
        OrderStatus::Completed => "completed",
        OrderStatus::Rejected => "rejected",
        OrderStatus::Cancelled => "cancelled",
    }
}

fn payment_name(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Invoice => "invoice",
        PaymentMethod::Manual => "manual",
        PaymentMethod::Card => "card",
    }
}

impl OrderRow {
    pub(super) fn of(order: &Order, record: Uuid) -> Result<OrderRow, StoreError> {
        let placed = order.placement();
        Ok(OrderRow {
            id: order.id.into(),
            number: placed.map(|placed| placed.number),
            status: status_name(order.kind()).to_owned(),
            customer_id: order.customer_id.into(),
            currency: order.currency.code().to_owned(),
            shipping: order.shipping.minor(),
            tax: order.tax.minor(),
            total: order.total.minor(),
            shipping_address: Json::of(&order.shipping_address)?,
            payment_method: payment_name(order.payment.method).to_owned(),
            payment_status: order.payment.status.name().to_owned(),
            reason: order.reason().map(str::to_owned),
            created_at: order.created_at.into(),
            placed_at: placed.map(|placed| placed.at.into()),
            cancelled_at: order.cancelled_at().map(Time::from),
            version: order.version,
            record_id: Key(record),
        })
    }

    pub(super) fn read(self, lines: Vec<LineRow>) -> Result<Order, StoreError> {
        let id = self.id.id();
        let bad = |column, detail: String| corrupt("orders", column, id, detail);
        let currency = Currency::parse(&self.currency).map_err(|error| bad("currency", error.to_string()))?;
        let money = |minor| Money::new(minor, currency);
        let Json(address) = &self.shipping_address;
        Ok(Order {
            id,
            customer_id: self.customer_id.id(),
            currency,
            lines: lines.into_iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?,
            shipping: money(self.shipping),
            tax: money(self.tax),
            total: money(self.total),
            shipping_address: serde_json::from_str(address)
                .map_err(|error| bad("shipping_address", error.to_string()))?,
            review: None,
            payment: self.payment()?,
            shipments: Vec::new(),
            status: self.status().ok_or_else(|| bad("status", self.status.clone()))?,
            version: self.version,
            created_at: self.created_at.0,
        })
    }

    fn payment(&self) -> Result<Payment, StoreError> {
        let bad = |column, detail: &str| corrupt("orders", column, self.id.0, detail);
        let method = match self.payment_method.as_str() {
            "invoice" => PaymentMethod::Invoice,
            "manual" => PaymentMethod::Manual,
            "card" => PaymentMethod::Card,
            other => return Err(bad("payment_method", other)),
        };
        let status = PaymentStatus::parse(&self.payment_status)
            .ok_or_else(|| bad("payment_status", &self.payment_status))?;
        Ok(Payment { status, ..Payment::new(method) })
    }

    /// `None` when the columns do not fit together.
    fn status(&self) -> Option<Status> {
        let placed = || Some(Placement { number: self.number?, at: self.placed_at?.0 });
        let reason = || self.reason.clone().unwrap_or_default();
        match self.status.as_str() {
            "needs_review" => Some(Status::NeedsReview),
            "placed" => placed().map(Status::Placed),
            "partially_shipped" => placed().map(Status::PartiallyShipped),
            "shipped" => placed().map(Status::Shipped),
            "completed" => placed().map(Status::Completed),
            "rejected" => Some(Status::Rejected { reason: reason() }),
            "cancelled" => {
                Some(Status::Cancelled { placed: placed()?, reason: reason(), at: self.cancelled_at?.0 })
            }
            _ => None,
        }
    }
}

impl LineRow {
    pub(super) fn of(order: &Order) -> impl Iterator<Item = LineRow> + '_ {
        order.lines.iter().map(|line| LineRow {
            order_id: order.id.into(),
            position: line.position,
            sku: line.sku.as_str().to_owned(),
            title: line.title.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price.minor(),
            total: line.total.minor(),
        })
    }

    pub(super) fn read(self, currency: Currency) -> Result<Line, StoreError> {
        Ok(Line {
            position: self.position,
            sku: Sku::parse(&self.sku)
                .map_err(|error| corrupt("order_lines", "sku", self.order_id.0, error))?,
            title: self.title,
            quantity: self.quantity,
            unit_price: Money::new(self.unit_price, currency),
            total: Money::new(self.total, currency),
        })
    }
}
