//! What follows from an answer. Whoever hears one first settles the transaction; whoever comes later finds it settled.

use kernel::{MoneyError, Timestamp};
use payment_api::{PaymentError, PaymentEvent, TransactionId};
use platform::Change;
use platform::http::{Problem, Reply};
use platform::idempotency;
use platform::store::{StoreError, Tx};

use crate::error::Error;
use crate::payment::{Payment, Reversal};
use crate::provider::{Answer, Unclear};
use crate::store::{payments, transactions};
use crate::transaction::{Action, Origin, Progress, Transaction};

/// A payment, with one of its transactions.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub payment: Payment,
    pub transaction: Transaction,
}

/// What became of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub payment: Payment,
    pub transaction: Transaction,
    /// What is to be asked next: an authorisation that nobody wants any more is let go.
    pub next: Option<Transaction>,
}

/// Writes down what an answer means, unless that is known already.
pub(crate) fn settle(
    tx: &mut Tx<'_>,
    change: &Change,
    id: TransactionId,
    answer: &Result<Answer, Unclear>,
) -> Result<Settled, Error> {
    let Asked { mut payment, mut transaction } = lock(tx, id)?;
    if !transaction.is_open() {
        return Ok(Settled { payment, transaction, next: None });
    }
    let before = payment.clone();
    let event = decide(&mut payment, &mut transaction, answer, change.now)?;
    let next = let_go(&mut payment, change)?;
    if payment != before {
        touch(&mut payment, change.now);
        payments::save(tx, &payment)?;
    }
    transactions::save(tx, &transaction)?;
    if let Some(next) = &next {
        transactions::insert(tx, next)?;
    }
    if let Some(event) = event {
        change.append(tx, &payment.id, payment.version, &event)?;
    }
    if let Some(origin) = transaction.origin.as_ref().filter(|_| !transaction.is_open()) {
        answer_origin(tx, origin, &payment, &transaction)?;
    }
    Ok(Settled { payment, transaction, next })
}

/// The payment is locked.
pub(crate) fn lock(tx: &mut Tx<'_>, id: TransactionId) -> Result<Asked, Error> {
    let missing = || StoreError::Query(format!("there is no transaction {id}"));
    let payment = transactions::payment_of(tx, id)?.ok_or_else(missing)?;
    let payment = payments::lock(tx, payment)?.ok_or_else(missing)?;
    let transaction = transactions::of(tx, &payment)?.into_iter().find(|transaction| transaction.id == id);
    Ok(Asked { payment, transaction: transaction.ok_or_else(missing)? })
}

pub(crate) fn touch(payment: &mut Payment, now: Timestamp) {
    payment.version = payment.version.saturating_add(1);
    payment.updated_at = now;
}

/// What an answer means for a payment and for what was asked. Pure.
pub(crate) fn decide(
    payment: &mut Payment,
    transaction: &mut Transaction,
    answer: &Result<Answer, Unclear>,
    now: Timestamp,
) -> Result<Option<PaymentEvent>, MoneyError> {
    let (action, amount) = (transaction.action, transaction.amount);
    match answer {
        Ok(Answer::Done { reference }) => {
            transaction.progress = Progress::Succeeded;
            match action {
                Action::Authorise => Ok(payment.authorised(reference.clone())),
                Action::Capture => payment.captured(amount).map(Some),
                Action::Refund => payment.refunded(amount).map(Some),
                Action::Void => Ok(payment.voided()),
            }
        }
        Ok(Answer::Refused { reason }) => {
            transaction.progress = Progress::Failed(reason.clone());
            match action {
                Action::Authorise => Ok(payment.declined(reason)),
                Action::Capture => payment.capture_failed(amount).map(|()| None),
                Action::Refund => payment.refund_failed(amount).map(|()| None),
                Action::Void => {
                    payment.void_failed();
                    Ok(None)
                }
            }
        }
        Ok(Answer::ActionRequired { reference, redirect_url }) if action == Action::Authorise => {
            transaction.await_customer(now);
            payment.action_required(reference, redirect_url);
            Ok(None)
        }
        Ok(Answer::ActionRequired { .. }) | Err(_) => {
            transaction.unclear(now);
            if action == Action::Authorise {
                payment.unclear();
            }
            Ok(None)
        }
    }
}

/// A wish to let go that had to wait until it was known what there is.
fn let_go(payment: &mut Payment, change: &Change) -> Result<Option<Transaction>, Error> {
    if !payment.unwanted || !payment.can_void_now() {
        return Ok(None);
    }
    let (action, amount) = match payment.begin_reversal()? {
        Reversal::Void => (Action::Void, payment.amount),
        Reversal::Refund(amount) => (Action::Refund, amount),
        Reversal::Nothing | Reversal::Noted | Reversal::UnderWay => return Ok(None),
    };
    let id = change.ids.next(change.now);
    Ok(Some(Transaction::new(id, payment, action, amount, change.now)))
}

/// Stores the outcome for the request that is behind it.
fn answer_origin(
    tx: &mut Tx<'_>,
    origin: &Origin,
    payment: &Payment,
    transaction: &Transaction,
) -> Result<(), StoreError> {
    let reply = match outcome(transaction) {
        Ok(()) => show(payment)?,
        Err(refused) => Problem::from(&Error::from(refused)).into_reply(&origin.request_id, &origin.instance),
    };
    idempotency::settle(tx, origin.record, &reply)
}

/// Whether a transaction that is decided succeeded.
pub(crate) fn outcome(transaction: &Transaction) -> Result<(), PaymentError> {
    match &transaction.progress {
        Progress::Failed(reason) => Err(PaymentError::ProviderRefused(reason.clone())),
        _ => Ok(()),
    }
}

/// A payment as REST shows it.
pub(crate) fn show(payment: &Payment) -> Result<Reply, StoreError> {
    Ok(Reply::ok(&payment.view())?.tagged(payment.version))
}
