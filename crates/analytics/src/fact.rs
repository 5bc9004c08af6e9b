//! What is known of an order, and what it counts for. Pure.

use analytics_api::Day;
use kernel::{Currency, Money, MoneyError, Timestamp};
use order_api::{Order, OrderStatus, PaymentMethod};
use platform::store::Key;

use crate::sums::{Bucket, Dimension, Figures, Overflow, Sign, Sums};

/// What was heard of one order, from the order module and from the payment module, whichever came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fact {
    pub sale: Option<Sale>,
    pub refund: Option<Refund>,
}

/// An order that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sale {
    pub placed_at: Timestamp,
    pub currency: Currency,
    pub country: String,
    pub payment_method: String,
    pub customer: Key,
    pub group: Option<String>,
    pub status: Status,
    pub gross: Money,
    /// Of the order.
    pub version: i64,
    /// In the order of their SKUs, so that they share alike however they were read.
    pub lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub sku: String,
    pub units: i64,
    /// With the line's share of what the order costs besides its lines.
    pub gross: Money,
    /// Empty if the product was in none; `None` as long as nobody has told of the product.
    pub category: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Standing,
    Cancelled,
}

/// What was given back in all, as a version of the payment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refund {
    pub amount: i64,
    pub version: i64,
}

/// Why figures could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CountError {
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    Sum(#[from] Overflow),
}

impl Status {
    fn of(order: &Order) -> Status {
        if order.status == OrderStatus::Cancelled { Status::Cancelled } else { Status::Standing }
    }
}

impl Sale {
    /// `None` if the order was never placed.
    pub(crate) fn of(order: &Order) -> Result<Option<Sale>, MoneyError> {
        let Some(placed_at) = order.placed_at else { return Ok(None) };
        let mut lines: Vec<Line> = order
            .lines
            .iter()
            .map(|line| Line {
                sku: line.sku.as_str().to_owned(),
                units: line.quantity,
                gross: line.total,
                category: None,
            })
            .collect();
        lines.sort_by(|one, other| one.sku.cmp(&other.sku));
        let beside = share(order.shipping.checked_add(order.tax)?, &lines)?;
        for (line, part) in lines.iter_mut().zip(beside) {
            line.gross = line.gross.checked_add(part)?;
        }
        Ok(Some(Sale {
            placed_at,
            currency: order.currency,
            country: order.shipping_address.country.clone(),
            payment_method: method_name(order.payment.method).to_owned(),
            customer: order.customer_id.into(),
            group: None,
            status: Status::of(order),
            gross: order.total,
            version: order.version,
            lines,
        }))
    }
}

/// As in JSON.
fn method_name(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Invoice => "invoice",
        PaymentMethod::Manual => "manual",
        PaymentMethod::Card => "card",
    }
}

/// Splits an amount over lines, by what they cost, or by their units where they cost nothing.
fn share(amount: Money, lines: &[Line]) -> Result<Vec<Money>, MoneyError> {
    let weigh = |of: fn(&Line) -> i64| -> Vec<u64> {
        lines.iter().map(|line| u64::try_from(of(line)).unwrap_or(0)).collect()
    };
    let by_price = weigh(|line| line.gross.minor());
    if by_price.iter().any(|weight| *weight > 0) {
        return amount.allocate(&by_price);
    }
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    amount.allocate(&weigh(|line| line.units))
}

impl Fact {
    /// Takes in what an event says of the order. An older version than is known changes nothing.
    pub(crate) fn hear_order(&mut self, order: &Order) -> Result<(), MoneyError> {
        match &mut self.sale {
            None => self.sale = Sale::of(order)?,
            Some(sale) if sale.version < order.version => {
                sale.version = order.version;
                sale.status = Status::of(order);
            }
            Some(_) => {}
        }
        Ok(())
    }

    /// Takes in what an event says of the payment. What was never given back needs no note: it never becomes less.
    pub(crate) fn hear_refund(&mut self, refund: Refund) {
        let news = match self.refund {
            None => refund.amount > 0,
            Some(known) => known.version < refund.version,
        };
        if news {
            self.refund = Some(refund);
        }
    }

    /// Adds what the order counts for to the sums, or takes it away; a cancelled order counts for nothing.
    pub(crate) fn count(&self, sums: &mut Sums, sign: Sign) -> Result<(), CountError> {
        let Some(sale) = self.sale.as_ref().filter(|sale| sale.status == Status::Standing) else {
            return Ok(());
        };
        let refunded = Money::new(self.refund.map_or(0, |refund| refund.amount), sale.currency);
        let refunds = share(refunded, &sale.lines)?;
        let mut count = |dimension, key: &str, figures| {
            let (day, currency) = (Day::of(sale.placed_at), sale.currency);
            sums.add(Bucket { dimension, day, key: key.to_owned(), currency }, figures, sign)
        };
        let whole = Figures {
            orders: 1,
            units: units(&sale.lines).ok_or(Overflow)?,
            gross: sale.gross.minor(),
            refunds: refunded.minor(),
        };
        count(Dimension::Total, "", whole)?;
        count(Dimension::Country, &sale.country, whole)?;
        count(Dimension::PaymentMethod, &sale.payment_method, whole)?;
        count(Dimension::CustomerGroup, sale.group.as_deref().unwrap_or_default(), whole)?;
        let parts: Vec<(&Line, Figures)> = sale.lines.iter().zip(refunds).map(part).collect();
        for (line, figures) in &parts {
            count(Dimension::Sku, &line.sku, *figures)?;
        }
        for (category, figures) in by_category(&parts)? {
            count(Dimension::Category, category, figures)?;
        }
        Ok(())
    }
}

fn units(lines: &[Line]) -> Option<i64> {
    lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.units))
}

fn part((line, refunds): (&Line, Money)) -> (&Line, Figures) {
    let gross = line.gross.minor();
    (line, Figures { orders: 1, units: line.units, gross, refunds: refunds.minor() })
}

/// An order with several lines of a category is one order of that category.
fn by_category<'a>(parts: &[(&'a Line, Figures)]) -> Result<Vec<(&'a str, Figures)>, Overflow> {
    let mut found: Vec<(&str, Figures)> = Vec::with_capacity(parts.len());
    for (line, figures) in parts {
        let category = line.category.as_deref().unwrap_or_default();
        match found.iter_mut().find(|(known, _)| *known == category) {
            None => found.push((category, *figures)),
            Some((_, sum)) => {
                let more = Figures { orders: 0, ..*figures };
                *sum = sum.checked_add(more).ok_or(Overflow)?;
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
