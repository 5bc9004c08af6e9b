//! Registering a customer.

use customer_api::{Customer, CustomerEvent, RegisterCustomer};
use platform::store::Tx;

use crate::change::Change;
use crate::customer;
use crate::error::Error;
use crate::store::customers;

pub(crate) fn register(
    tx: &mut Tx<'_>,
    change: &Change<'_>,
    new: &RegisterCustomer,
) -> Result<Customer, Error> {
    let customer = customer::register(new, change.ids, change.now);
    customers::insert(tx, &customer)?;
    change.record(tx, &customer, &CustomerEvent::Registered { customer_id: customer.id })?;
    Ok(customer)
}
