//! What the reports add up. Pure.

use std::collections::BTreeMap;

use analytics_api::Day;
use kernel::Currency;
use platform::store::StoreError;

use crate::stretch::Span;

/// What a sum is by. Days and currencies are parts of every sum, and [`Dimension::Total`] is by nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dimension {
    Total,
    Category,
    Country,
    PaymentMethod,
    CustomerGroup,
    Sku,
}

impl Dimension {
    pub(crate) const ALL: [Dimension; 6] = [
        Dimension::Total,
        Dimension::Category,
        Dimension::Country,
        Dimension::PaymentMethod,
        Dimension::CustomerGroup,
        Dimension::Sku,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Dimension::Total => "total",
            Dimension::Category => "category",
            Dimension::Country => "country",
            Dimension::PaymentMethod => "payment_method",
            Dimension::CustomerGroup => "customer_group",
            Dimension::Sku => "sku",
        }
    }
}

/// What a sheet is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Topic {
    pub dimension: Dimension,
    pub span: Span,
    /// The first of its days.
    pub start: Day,
}

/// Which sum.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Bucket {
    pub dimension: Dimension,
    /// The first, if it is a longer span.
    pub day: Day,
    /// Empty where there is none.
    pub key: String,
    pub currency: Currency,
}

impl Bucket {
    /// Of the sheet that it is on.
    pub(crate) fn topic(&self, span: Span) -> Topic {
        Topic { dimension: self.dimension, span, start: self.day }
    }
}

/// A sum, or what is to be added to one. Amounts are in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub orders: i64,
    pub units: i64,
    pub gross: i64,
    pub refunds: i64,
}

/// A sum left the range of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sum leaves the range of 64 bits")]
pub(crate) struct Overflow;

/// Whether figures are added or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Plus,
    Minus,
}

impl Figures {
    pub(crate) fn checked_add(self, other: Figures) -> Option<Figures> {
        self.each(other, i64::checked_add)
    }

    fn checked_sub(self, other: Figures) -> Option<Figures> {
        self.each(other, i64::checked_sub)
    }

    fn each(self, other: Figures, of: fn(i64, i64) -> Option<i64>) -> Option<Figures> {
        Some(Figures {
            orders: of(self.orders, other.orders)?,
            units: of(self.units, other.units)?,
            gross: of(self.gross, other.gross)?,
            refunds: of(self.refunds, other.refunds)?,
        })
    }
}

impl From<Overflow> for StoreError {
    fn from(error: Overflow) -> StoreError {
        StoreError::Query(error.to_string())
    }
}

/// Sums by day or by month, in the order of their keys, so that transactions which change several take them in the same order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums(BTreeMap<Bucket, Figures>);

impl Sums {
    pub(crate) fn add(&mut self, bucket: Bucket, figures: Figures, sign: Sign) -> Result<(), Overflow> {
        let sum = self.0.entry(bucket).or_default();
        let changed = match sign {
            Sign::Plus => sum.checked_add(figures),
            Sign::Minus => sum.checked_sub(figures),
        };
        *sum = changed.ok_or(Overflow)?;
        Ok(())
    }

    /// Adds sums of shorter spans, each to that of the longer span which it is in; `begin` says when that began.
    pub(crate) fn add_all(&mut self, shorter: &Sums, begin: fn(Day) -> Day) -> Result<(), Overflow> {
        shorter.0.iter().try_for_each(|(bucket, figures)| {
            self.add(Bucket { day: begin(bucket.day), ..bucket.clone() }, *figures, Sign::Plus)
        })
    }

    /// Those that are not zero.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (&Bucket, Figures)> {
        let all = self.0.iter().map(|(bucket, figures)| (bucket, *figures));
        all.filter(|(_, figures)| *figures != Figures::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket() -> Bucket {
        let day = "2026-01-15".parse().unwrap();
        Bucket { dimension: Dimension::Total, day, key: String::new(), currency: Currency::EUR }
    }

    #[test]
    fn what_is_taken_away_again_was_never_there() {
        let mut sums = Sums::default();
        let sold = Figures { orders: 1, units: 2, gross: 300, refunds: 0 };
        sums.add(bucket(), sold, Sign::Plus).unwrap();
        assert_eq!(sums.changes().collect::<Vec<_>>(), [(&bucket(), sold)]);
        sums.add(bucket(), sold, Sign::Minus).unwrap();
        assert_eq!(sums.changes().count(), 0);
    }

    #[test]
    fn a_sum_never_wraps() {
        let mut sums = Sums::default();
        let dear = Figures { gross: i64::MAX, ..Figures::default() };
        sums.add(bucket(), dear, Sign::Plus).unwrap();
        assert_eq!(sums.add(bucket(), dear, Sign::Plus), Err(Overflow));
    }
}
