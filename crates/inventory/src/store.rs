//! Rows and queries, a file for each table. Writers lock levels in (sku, location) order.

pub(crate) mod backorders;
pub(crate) mod holds;
pub(crate) mod items;
pub(crate) mod ledger;
pub(crate) mod levels;
pub(crate) mod shipped;
