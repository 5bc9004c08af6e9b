//! Captures and refunds: money that moves, in whole or in part. Keyed by the command's key; what is repeated is looked
//! up.

use kernel::{CallCtx, Money};
use payment_api::{PaymentError, PaymentId};
use platform::Change;
use platform::idempotency::RequestKey;
use platform::store::{StoreError, Tx};
use serde::Serialize;
use uuid::Uuid;

use crate::begin::{Begun, start};
use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::payment::Payment;
use crate::settle::{Asked, outcome};
use crate::store::{payments, transactions};
use crate::transaction::{Action, Origin, Transaction};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Direction {
    Capture,
    Refund,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Movement {
    pub payment: PaymentId,
    pub direction: Direction,
    /// All that is left if absent.
    pub amount: Option<Money>,
}

impl Movement {
    fn action(&self) -> Action {
        match self.direction {
            Direction::Capture => Action::Capture,
            Direction::Refund => Action::Refund,
        }
    }

    /// Takes the amount from what is left of the payment.
    fn set_aside(&self, payment: &mut Payment) -> Result<Money, PaymentError> {
        match self.direction {
            Direction::Capture => payment.begin_capture(self.amount),
            Direction::Refund => payment.begin_refund(self.amount),
        }
    }
}

impl PaymentModule {
    /// Moves money because another module asks for it.
    pub(crate) async fn move_money(
        &self,
        cx: &CallCtx,
        name: &'static str,
        request: &impl Serialize,
        movement: Movement,
    ) -> Result<payment_api::Payment, Error> {
        let key = cx.idempotency_key.as_deref().unwrap_or_default();
        let id = self.foundation.ids.uuid(self.foundation.clock.now());
        let scope = RequestKey::of_call(cx, name, key, request, id, String::new())?.record.scope;
        let (module, call) = (self.clone(), cx.clone());
        let begun = self.foundation.store.write(cx, name, move |tx| {
            let change = module.foundation.change(&call);
            begin(tx, &change, &module, &movement, scope, None)
        });
        match begun.await? {
            Begun::Decided(payment) => Ok(payment.view()),
            Begun::Open(asked, approach) => match self.drive(cx, *asked, approach).await? {
                Some(settled) if !settled.transaction.is_open() => {
                    outcome(&settled.transaction)?;
                    Ok(settled.payment.view())
                }
                _ => Err(Error::OutcomeUnknown),
            },
        }
    }
}

/// Sets the money aside and writes down what is to be asked, unless this very command did before.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    movement: &Movement,
    scope: Uuid,
    origin: Option<Origin>,
) -> Result<Begun, Error> {
    let id = movement.payment;
    let mut payment = payments::lock(tx, id)?.ok_or(PaymentError::UnknownPayment(id))?;
    if let Some(transaction) = of_scope(tx, &payment, scope)? {
        return repeated(payment, transaction, movement);
    }
    let amount = movement.set_aside(&mut payment)?;
    let new = Transaction::new(change.ids.next(change.now), &payment, movement.action(), amount, change.now);
    let transaction = Transaction { scope: Some(scope), origin, ..new };
    let at_once = module.providers.at_once(&payment);
    start(tx, change, payment, transaction, at_once.as_ref()).map_err(key_of_another_payment)
}

/// The transaction that a command began before.
pub(crate) fn of_scope(
    tx: &mut Tx<'_>,
    payment: &Payment,
    scope: Uuid,
) -> Result<Option<Transaction>, StoreError> {
    let all = transactions::of(tx, payment)?;
    Ok(all.into_iter().find(|transaction| transaction.scope == Some(scope)))
}

fn repeated(payment: Payment, transaction: Transaction, movement: &Movement) -> Result<Begun, Error> {
    let other_amount = movement.amount.is_some_and(|amount| amount != transaction.amount);
    if transaction.action != movement.action() || other_amount {
        return Err(Error::KeyReused);
    }
    if transaction.is_open() {
        return Ok(Begun::Open(Box::new(Asked { payment, transaction }), Approach::LookUp));
    }
    outcome(&transaction)?;
    Ok(Begun::Decided(Box::new(payment)))
}

/// The lock on the payment keeps rivals with the same key apart, unless they name another payment.
fn key_of_another_payment(error: Error) -> Error {
    match error {
        Error::Storage(StoreError::Duplicate(name)) if name == "payment_transactions_scope_key" => {
            Error::KeyReused
        }
        other => other,
    }
}
