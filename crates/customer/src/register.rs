//! Registering a customer.

use customer_api::{Customer, CustomerEvent, RegisterCustomer};
use platform::store::Tx;

use crate::customer;
use crate::error::Error;
use crate::store::customers;
use platform::Change;

pub(crate) fn register(tx: &mut Tx<'_>, change: &Change, new: &RegisterCustomer) -> Result<Customer, Error> {
    let customer = customer::register(new, &change.ids, change.now);
    customers::insert(tx, &customer)?;
    change.append(
        tx,
        &customer.id,
        customer.version,
        &CustomerEvent::Registered { customer_id: customer.id, group: customer.group.clone() },
    )?;
    Ok(customer)
}
