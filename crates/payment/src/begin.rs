//! Writing down what a provider is about to be asked.

use platform::Change;
use platform::store::Tx;

use crate::drive::Approach;
use crate::error::Error;
use crate::payment::Payment;
use crate::provider::Answer;
use crate::settle::{Asked, decide, touch};
use crate::store::{payments, transactions};
use crate::transaction::Transaction;

/// Where a command stands after its first transaction.
#[derive(Clone, Debug)]
pub(crate) enum Begun {
    /// Nobody has to be asked (any more).
    Decided(Box<Payment>),
    /// Somebody has to be asked.
    Open(Box<Asked>, Approach),
}

/// Writes down what is to be asked; where nobody has to be, it is done in the same transaction.
pub(crate) fn start(
    tx: &mut Tx<'_>,
    change: &Change,
    mut payment: Payment,
    mut transaction: Transaction,
    at_once: Option<&Answer>,
) -> Result<Begun, Error> {
    let event = match at_once {
        Some(answer) => decide(&mut payment, &mut transaction, &Ok(answer.clone()), change.now)?,
        None => None,
    };
    touch(&mut payment, change.now);
    payments::save(tx, &payment)?;
    transactions::insert(tx, &transaction)?;
    if let Some(event) = event {
        change.append(tx, &payment.id, payment.version, &event)?;
    }
    Ok(if transaction.is_open() {
        Begun::Open(Box::new(Asked { payment, transaction }), Approach::Ask)
    } else {
        Begun::Decided(Box::new(payment))
    })
}
