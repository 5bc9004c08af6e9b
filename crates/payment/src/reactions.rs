//! What payments do on the events of orders.

use order_api::{Order, OrderEvent, PaymentMethod};
use payment_api::{PayMethod, Reverse};
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::store::{StoreError, Tx};

use crate::begin::Begun;
use crate::error::Error;
use crate::payment::{Payment, Terms};
use crate::provider::{self, Providers};
use crate::store::{payments, transactions};
use crate::void;

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_ORDERS: &str = "payment.follow_orders";

/// A placed order that people take the money for gets its payment. Of an order that is rejected or cancelled the payment is
/// let go; that of a rejected order may never have been asked for, and must not be any more.
pub(crate) fn follow_orders(
    providers: &Providers,
    tx: &mut Tx<'_>,
    change: &Change,
    told: &[Told<'_, OrderEvent>],
) -> Result<(), Fault> {
    let opened: Vec<Payment> = told
        .iter()
        .filter_map(|told| match &told.event {
            OrderEvent::Created { order } => by_hand(order, change),
            _ => None,
        })
        .collect();
    payments::insert_missing(tx, &opened)?;
    for Told { event, .. } in told {
        match event {
            OrderEvent::NeedsReview { .. }
            | OrderEvent::Created { .. }
            | OrderEvent::Shipped { .. }
            | OrderEvent::Completed { .. } => {}
            OrderEvent::Rejected { order } if order.payment.method != PaymentMethod::Card => {}
            OrderEvent::Cancelled { order } | OrderEvent::Rejected { order } => {
                let_go(providers, tx, change, order)?;
            }
        }
    }
    Ok(())
}

fn by_hand(order: &Order, change: &Change) -> Option<Payment> {
    let method = method(order);
    if !method.is_by_hand() || order.total.minor() == 0 {
        return None;
    }
    let terms = Terms {
        order_id: order.id,
        method,
        provider: provider::name_of(method),
        amount: order.total,
        token: None,
        return_url: None,
    };
    Some(Payment::by_hand(terms, change.now))
}

/// Nobody waits for the answer: the worker asks the provider once this transaction is durable.
fn let_go(providers: &Providers, tx: &mut Tx<'_>, change: &Change, order: &Order) -> Result<(), Fault> {
    if order.total.minor() == 0 {
        return Ok(());
    }
    let reverse = Reverse { order_id: order.id, method: method(order), amount: order.total };
    match void::begin_of_order(tx, change, providers, &reverse) {
        Ok(Some(Begun::Open(asked, _))) => {
            transactions::wake(tx, asked.payment.id, change.now)?;
            Ok(())
        }
        Ok(Some(Begun::Decided(_))) => Ok(()),
        Ok(None) => Err(StoreError::Contended("the order's payment".to_owned()).into()),
        Err(Error::Storage(error)) => Err(error.into()),
        Err(error) => Err(Fault::Refused(error.to_string())),
    }
}

fn method(order: &Order) -> PayMethod {
    match order.payment.method {
        PaymentMethod::Invoice => PayMethod::Invoice,
        PaymentMethod::Manual => PayMethod::Manual,
        PaymentMethod::Card => PayMethod::Card,
    }
}
