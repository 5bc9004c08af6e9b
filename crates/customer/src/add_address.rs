//! Adding an address to a customer.

use customer_api::{AddAddress, Address, CustomerEvent};
use platform::store::Tx;

use crate::change;
use crate::countries;
use crate::customer;
use crate::error::Error;
use crate::store::{addresses, customers};
use platform::Change;

pub(crate) fn add_address(tx: &mut Tx<'_>, change: &Change, new: &AddAddress) -> Result<Address, Error> {
    let mut customer = customers::lock(tx, new.customer_id)?;
    countries::admit(tx, &new.address)?;
    let address = customer::create_address(&new.address, &change.ids, change.now);
    addresses::insert(tx, customer.id, &address)?;
    customer::settle_in(&mut customer, address.id);
    let event = CustomerEvent::AddressAdded {
        customer_id: customer.id,
        address_id: address.id,
        country: address.fields.country.clone(),
    };
    change::touch(tx, change, &mut customer, &event)?;
    Ok(address)
}
