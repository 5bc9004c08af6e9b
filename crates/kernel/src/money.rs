use std::{cmp::Reverse, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Currency;

/// An amount in minor units of one currency, `{"amount": 4999, "currency": "EUR"}` on the wire.
// Arithmetic is checked: no float, no `Add`. There is no order either, because 5 EUR and 5 JPY have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"amount": 4999, "currency": "EUR"})))]
pub struct Money {
    /// Minor units of the currency: 4999 is 49.99 EUR.
    #[serde(rename = "amount")]
    minor: i64,
    #[schema(inline)]
    currency: Currency,
}

/// Why a sum of money could not be formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("the amount does not fit into 64 bits of minor units")]
    Overflow,
    #[error("{left} and {right} are different currencies")]
    CurrencyMismatch { left: Currency, right: Currency },
    #[error("an amount cannot be split without a weight above zero")]
    NoWeights,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Money {
        Money::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Fails on two currencies and on overflow.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_add(other.minor))
    }

    /// Fails on two currencies and on overflow.
    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        self.with(self.minor.checked_sub(other.minor))
    }

    /// Fails on overflow.
    pub fn checked_mul(self, times: i64) -> Result<Money, MoneyError> {
        self.with(self.minor.checked_mul(times))
    }

    /// Adds up amounts that are all in `currency`; none make zero.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Money>) -> Result<Money, MoneyError> {
        amounts.into_iter().try_fold(Money::zero(currency), Money::checked_add)
    }

    /// Splits the amount in proportion to `weights`, one part each, by the largest remainder.
    ///
    /// The parts add up to the whole, each is less than one minor unit away from its exact share, and a weight
    /// of zero gets nothing. Of equal remainders the earlier part gets the unit.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
        let total: i128 = weights.iter().copied().map(i128::from).sum();
        if total == 0 {
            return Err(MoneyError::NoWeights);
        }
        let whole = i128::from(self.minor);
        let mut parts: Vec<Part> = weights
            .iter()
            .enumerate()
            .map(|(place, &weight)| Part::of(whole, weight, total, place))
            .collect();
        let left_over = whole - parts.iter().map(|part| part.minor).sum::<i128>();
        parts.sort_by_key(|part| Reverse(part.remainder));
        let short = usize::try_from(left_over.unsigned_abs()).map_err(|_| MoneyError::Overflow)?;
        for part in parts.iter_mut().take(short) {
            part.minor += left_over.signum();
        }
        parts.sort_by_key(|part| part.place);
        parts.iter().map(|part| self.with(i64::try_from(part.minor).ok())).collect()
    }

    fn with(self, minor: Option<i64>) -> Result<Money, MoneyError> {
        minor.map(|minor| Money { minor, ..self }).ok_or(MoneyError::Overflow)
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        let (left, right) = (self.currency, other.currency);
        if left == right { Ok(()) } else { Err(MoneyError::CurrencyMismatch { left, right }) }
    }
}

struct Part {
    place: usize,
    minor: i128,
    remainder: u128,
}

impl Part {
    // A 64-bit amount times a 64-bit weight always fits into 128 bits.
    fn of(whole: i128, weight: u64, total: i128, place: usize) -> Part {
        let scaled = whole * i128::from(weight);
        Part { place, minor: scaled / total, remainder: (scaled % total).unsigned_abs() }
    }
}

/// `49.99 EUR`, `500 JPY`, `-0.05 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (amount, exponent) = (self.minor.unsigned_abs(), self.currency.exponent());
        if exponent == 0 {
            return write!(f, "{sign}{amount} {}", self.currency);
        }
        let unit = 10_u64.pow(u32::from(exponent));
        let decimals = usize::from(exponent);
        write!(f, "{sign}{}.{:0decimals$} {}", amount / unit, amount % unit, self.currency)
    }
}

#[cfg(test)]
mod tests;
