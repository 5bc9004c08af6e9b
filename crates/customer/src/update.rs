//! Changing how a customer is called and reached, and where its orders go.

use customer_api::{Customer, CustomerId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::expect;
use crate::customer::{self, CustomerPatch};
use crate::error::Error;
use crate::store::{addresses, customers};
use platform::Change;

pub(crate) fn update_customer(
    tx: &mut Tx<'_>,
    change: &Change,
    id: CustomerId,
    expected: &IfMatch,
    patch: &CustomerPatch,
) -> Result<Customer, Error> {
    let mut customer = customers::lock(tx, id)?;
    expect(expected, customer.version)?;
    own(tx, id, patch)?;
    if let Some(event) = customer::update(&mut customer, patch, change.now) {
        customers::update(tx, &customer)?;
        change.append(tx, &customer.id, customer.version, &event)?;
    }
    Ok(customer)
}

/// Refuses addresses that are not the customer's. Who changes them holds the lock on the customer.
fn own(tx: &mut Tx<'_>, customer: CustomerId, patch: &CustomerPatch) -> Result<(), Error> {
    for address in [patch.default_shipping_address_id, patch.default_billing_address_id] {
        let Some(Some(address)) = address else { continue };
        addresses::find(tx, customer, address)?.ok_or(Error::UnknownAddress(address))?;
    }
    Ok(())
}
