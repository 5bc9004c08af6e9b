//! Adding a payment method to a customer.

use customer_api::{CustomerEvent, CustomerId};
use platform::store::Tx;

use crate::change;
use crate::error::Error;
use crate::payment_method::{self, NewPaymentMethod, PaymentMethod};
use crate::store::{customers, payment_methods};
use platform::Change;

pub(crate) fn add_payment_method(
    tx: &mut Tx<'_>,
    change: &Change,
    customer: CustomerId,
    new: &NewPaymentMethod,
) -> Result<PaymentMethod, Error> {
    let mut customer = customers::lock(tx, customer)?;
    let method = payment_method::create(new, &change.ids, change.now);
    payment_methods::insert(tx, customer.id, &method)?;
    let event = payment_methods_changed(customer.id);
    change::touch(tx, change, &mut customer, &event)?;
    Ok(method)
}

pub(crate) fn payment_methods_changed(customer: CustomerId) -> CustomerEvent {
    CustomerEvent::Updated { customer_id: customer, changed: vec!["payment_methods".to_owned()], group: None }
}
