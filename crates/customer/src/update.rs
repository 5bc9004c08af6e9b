//! Changing how a customer is called and reached.

use customer_api::{Customer, CustomerId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::expect;
use crate::customer::{self, CustomerPatch};
use crate::error::Error;
use crate::store::customers;
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
    if let Some(event) = customer::update(&mut customer, patch, change.now) {
        customers::update(tx, &customer)?;
        change.append(tx, &customer.id, customer.version, &event)?;
    }
    Ok(customer)
}
