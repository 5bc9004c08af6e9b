//! Rows and queries, by table.

pub(crate) mod categories;
pub(crate) mod countries;
pub(crate) mod currencies;
pub(crate) mod tax_categories;
pub(crate) mod taxonomy;
