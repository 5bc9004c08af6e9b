//! Registering a customer.

use customer_api::{Customer, CustomerEvent, EnrolCustomer, RegisterCustomer};
use platform::store::Tx;

use crate::customer;
use crate::error::Error;
use crate::store::customers;
use platform::Change;

/// Registers a customer, unless somebody has this email: then it is them.
pub(crate) fn enrol(tx: &mut Tx<'_>, change: &Change, new: &EnrolCustomer) -> Result<Customer, Error> {
    if let Some(known) = customers::find_by_email(tx, &new.email)? {
        return Ok(known);
    }
    let EnrolCustomer { email, name, phone } = new.clone();
    register(tx, change, &RegisterCustomer { email, name, phone, group: None })
}

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
