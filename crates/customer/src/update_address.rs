//! Changing an address. Orders that were sent there keep their copy.

use customer_api::{Address, AddressId, CustomerEvent, CustomerId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::change::{self, expect};
use crate::countries;
use crate::customer::{self, AddressPatch};
use crate::error::Error;
use crate::store::{addresses, customers};
use platform::Change;

pub(crate) fn update_address(
    tx: &mut Tx<'_>,
    change: &Change,
    (customer, id): (CustomerId, AddressId),
    expected: &IfMatch,
    patch: &AddressPatch,
) -> Result<Address, Error> {
    let mut customer = customers::lock(tx, customer)?;
    let mut address = addresses::find(tx, customer.id, id)?.ok_or(Error::AddressNotFound(id))?;
    expect(expected, address.version)?;
    let before = address.fields.clone();
    if customer::update_address(&mut address, patch) {
        countries::admit_change(tx, &before, &address.fields)?;
        addresses::update(tx, &address)?;
        let event = CustomerEvent::AddressUpdated {
            customer_id: customer.id,
            address_id: id,
            country: address.fields.country.clone(),
        };
        change::touch(tx, change, &mut customer, &event)?;
    }
    Ok(address)
}
