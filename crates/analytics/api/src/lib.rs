//! What other modules may know of the reports: sums that are kept, and up to when everything is in them.

mod day;
mod error;
mod types;

use kernel::module_api;

pub use self::day::{Day, DayError};
pub use self::error::AnalyticsError;
pub use self::types::{
    By, Days, FindProducts, FindSales, LONGEST, MOST_PRODUCTS, ProductRow, ProductsReport, SalesReport,
    SalesRow,
};

module_api! {
    /// Reports on what was sold.
    pub trait AnalyticsApi = "analytics", error AnalyticsError, adapters analytics_rpc,
        contract {
            version: 1,
            events: [],
            blessed: include_str!("../../../../contracts/analytics/fingerprints"),
        } {
        /// What was sold, by day or by another dimension. Refused with [`AnalyticsError::Backwards`] and
        /// [`AnalyticsError::TooLong`].
        query sales(FindSales) -> SalesReport;
        /// What was sold most, by units. Refused as `sales` is.
        query products(FindProducts) -> ProductsReport;
    }
}
