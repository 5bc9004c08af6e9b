//! The module's tables. Every query is of one generation.

pub(crate) mod customers;
pub(crate) mod generation;
pub(crate) mod product_copies;
pub(crate) mod products;
pub(crate) mod sales;
pub(crate) mod sheets;
pub(crate) mod sums;
