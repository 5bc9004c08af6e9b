use kernel::{Bounded, Currency, Freshness, Money, Sku, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{AnalyticsError, Day};

/// The most days in a report: five years, two of which are leap years.
pub const LONGEST: i64 = 1827;
/// The most rows of a report on products.
pub const MOST_PRODUCTS: u32 = 100;

/// The days of a report, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Days {
    pub from: Day,
    pub to: Day,
}

impl Days {
    /// # Errors
    /// When the first is after the last, or there are too many in between.
    pub fn check(&self) -> Result<(), AnalyticsError> {
        match self.from.up_to(self.to) {
            ..=0 => Err(AnalyticsError::Backwards { from: self.from, to: self.to }),
            1..=LONGEST => Ok(()),
            days => Err(AnalyticsError::TooLong(days)),
        }
    }
}

/// What the rows of a sales report stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SalesBy)]
pub enum By {
    #[default]
    Day,
    /// Of the product, when the order was placed. An order counts once in each of its categories.
    Category,
    /// Where the order goes.
    Country,
    Currency,
    PaymentMethod,
    /// Of the customer, when the order was placed.
    CustomerGroup,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindSales {
    pub days: Days,
    pub by: By,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindProducts {
    pub days: Days,
    /// 1 to [`MOST_PRODUCTS`].
    pub limit: u32,
}

/// What was sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct SalesReport {
    /// Everything that happened until then is counted; null as long as that is not known.
    #[schema(required)]
    pub as_of: Option<Timestamp>,
    /// Events that have not been heard yet; null while a source is silent.
    #[schema(required)]
    pub lag_events: Option<i64>,
    /// By key and currency.
    pub data: Vec<SalesRow>,
}

/// One key in one currency. Amounts in different currencies are never added up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct SalesRow {
    /// The day, the category and so on; null where an order has none.
    #[schema(required)]
    pub key: Option<String>,
    #[schema(inline)]
    pub currency: Currency,
    /// Placed and not cancelled.
    pub orders: i64,
    pub units: i64,
    /// What these orders cost, shipping and tax included.
    pub gross: Money,
    /// What was given back of that.
    pub refunds: Money,
    /// `gross` without `refunds`.
    pub net: Money,
}

/// What was sold most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct ProductsReport {
    /// Everything that happened until then is counted; null as long as that is not known.
    #[schema(required)]
    pub as_of: Option<Timestamp>,
    /// Events that have not been heard yet; null while a source is silent.
    #[schema(required)]
    pub lag_events: Option<i64>,
    /// Most units first.
    pub data: Vec<ProductRow>,
}

/// One SKU in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct ProductRow {
    pub sku: Sku,
    /// Product and variant, as they are called by now; null if the catalog was not heard of it.
    #[schema(required)]
    pub title: Option<String>,
    /// From which version of the product the title is.
    #[schema(required)]
    pub freshness: Option<Freshness>,
    #[schema(inline)]
    pub currency: Currency,
    /// Orders with this SKU, placed and not cancelled.
    pub orders: i64,
    pub units: i64,
    /// What these units cost, with their share of shipping and tax.
    pub gross: Money,
    /// Their share of what was given back.
    pub refunds: Money,
    /// `gross` without `refunds`.
    pub net: Money,
}

impl Bounded for FindSales {
    const MAX_ITEMS: usize = 1;
    fn items(&self) -> usize {
        1
    }
}

impl Bounded for FindProducts {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_covers_one_day_to_five_years() {
        let check =
            |from: &str, to: &str| Days { from: from.parse().unwrap(), to: to.parse().unwrap() }.check();
        assert_eq!(check("2026-01-01", "2026-01-01"), Ok(()));
        assert_eq!(check("2024-01-01", "2028-12-31"), Ok(()), "five years with two leap years");
        assert_eq!(check("2024-01-01", "2029-01-01"), Err(AnalyticsError::TooLong(1828)));
        assert!(matches!(check("2026-01-02", "2026-01-01"), Err(AnalyticsError::Backwards { .. })));
    }

    #[test]
    fn a_report_that_leaves_out_nothing_says_null() {
        let row = SalesRow {
            key: None,
            currency: Currency::EUR,
            orders: 1,
            units: 2,
            gross: Money::new(300, Currency::EUR),
            refunds: Money::zero(Currency::EUR),
            net: Money::new(300, Currency::EUR),
        };
        let json =
            serde_json::to_value(SalesReport { as_of: None, lag_events: None, data: vec![row] }).unwrap();
        assert!(json["as_of"].is_null() && json["data"][0]["key"].is_null(), "{json}");
        assert_eq!(json["data"][0]["gross"], serde_json::json!({"amount": 300, "currency": "EUR"}));
    }
}
