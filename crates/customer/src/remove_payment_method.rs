//! Removing a payment method.

use customer_api::{CustomerId, PaymentMethodId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::add_payment_method::payment_methods_changed;
use crate::change::{self, expect};
use crate::error::Error;
use crate::store::{customers, payment_methods};
use platform::Change;

pub(crate) fn remove_payment_method(
    tx: &mut Tx<'_>,
    change: &Change,
    (customer, id): (CustomerId, PaymentMethodId),
    expected: &IfMatch,
) -> Result<(), Error> {
    let mut customer = customers::lock(tx, customer)?;
    let method = payment_methods::find(tx, customer.id, id)?.ok_or(Error::PaymentMethodNotFound(id))?;
    expect(expected, method.version)?;
    payment_methods::delete(tx, id)?;
    let event = payment_methods_changed(customer.id);
    change::touch(tx, change, &mut customer, &event)?;
    Ok(())
}
