//! What the changes of this module have in common.

use customer_api::{Customer, CustomerEvent};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::customer;
use crate::error::Error;
use crate::store::customers;

/// Raises the customer's version for a change of what belongs to it, and appends the event.
pub(crate) fn touch(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: &mut Customer,
    event: &CustomerEvent,
) -> Result<(), Error> {
    customer::touch(customer, change.now);
    customers::touch(tx, customer)?;
    Ok(change.append(tx, &customer.id, customer.version, event)?)
}

/// Refuses what is no longer as the caller saw it.
pub(crate) fn expect(expected: &IfMatch, version: i64) -> Result<(), Error> {
    expected.check(version).map_err(|_| Error::Stale(version))
}
