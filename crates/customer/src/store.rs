//! Rows and queries, by table.

pub(crate) mod addresses;
pub(crate) mod countries;
pub(crate) mod customers;
pub(crate) mod payment_methods;
pub(crate) mod pictures;
pub(crate) mod profiles;
