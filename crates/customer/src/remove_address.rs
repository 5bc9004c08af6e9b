//! Removing an address. Orders that were sent there keep their copy.

use customer_api::{AddressId, CustomerEvent, CustomerId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::{self, expect};
use crate::customer;
use crate::error::Error;
use crate::store::{addresses, customers};
use platform::Change;

pub(crate) fn remove_address(
    tx: &mut Tx<'_>,
    change: &Change,
    (customer, id): (CustomerId, AddressId),
    expected: &IfMatch,
) -> Result<(), Error> {
    let mut customer = customers::lock(tx, customer)?;
    let address = addresses::find(tx, customer.id, id)?.ok_or(Error::AddressNotFound(id))?;
    expect(expected, address.version)?;
    customer::move_out(&mut customer, id);
    let event = CustomerEvent::AddressRemoved { customer_id: customer.id, address_id: id };
    change::touch(tx, change, &mut customer, &event)?;
    // Last, as the customer's row may have named it.
    Ok(addresses::delete(tx, id)?)
}
