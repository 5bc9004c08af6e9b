//! Rows and queries, by table. Whoever changes a payment or its transactions holds the lock on the payment.

pub(crate) mod payments;
pub(crate) mod transactions;
pub(crate) mod webhooks;
