//! Commands that come over REST, under an `Idempotency-Key`. The key's record commits with the intention; its outcome
//! with the provider's answer, whoever hears that. Until then, repeating the request asks the provider again.

use kernel::CallCtx;
use payment_api::{PaymentError, PaymentId};
use platform::Change;
use platform::http::{Problem, Reply, kinds};
use platform::idempotency::{self, Claim, RequestKey};
use platform::store::Tx;

use crate::begin::Begun;
use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::movement::{self, Movement};
use crate::settle::{Asked, outcome, show};
use crate::store::payments;
use crate::transaction::Origin;
use crate::void;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Move(Movement),
    Void(PaymentId),
}

impl Command {
    fn payment(&self) -> PaymentId {
        match self {
            Command::Move(movement) => movement.payment,
            Command::Void(payment) => *payment,
        }
    }
}

/// Where a request stands after its first transaction.
enum Stand {
    Answered(Result<Reply, Problem>),
    Open(Box<Asked>, Approach),
}

impl PaymentModule {
    pub(crate) async fn carry_out(
        &self,
        cx: &CallCtx,
        name: &'static str,
        command: Command,
        key: RequestKey,
    ) -> Result<Reply, Problem> {
        self.expect(cx, command.payment()).await?;
        let (module, call) = (self.clone(), cx.clone());
        let stand = self.foundation.store.write(cx, name, move |tx| {
            let change = module.foundation.change(&call);
            claim(tx, &change, &module, command, &key)
        });
        let stand: Result<Stand, Error> = stand.await;
        match stand? {
            Stand::Answered(answer) => answer,
            Stand::Open(asked, approach) => match self.drive(cx, *asked, approach).await? {
                Some(settled) if !settled.transaction.is_open() => {
                    outcome(&settled.transaction).map_err(Error::from)?;
                    Ok(show(&settled.payment)?)
                }
                _ => Err(Error::OutcomeUnknown.into()),
            },
        }
    }
}

fn claim(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    command: Command,
    key: &RequestKey,
) -> Result<Stand, Error> {
    match idempotency::claim(tx, key)? {
        Claim::New => first(tx, change, module, command, key),
        Claim::Running => running(tx, command, key),
        seen => Ok(Stand::Answered(seen.answer().unwrap_or_else(in_progress))),
    }
}

fn in_progress() -> Result<Reply, Problem> {
    Err(Problem::of(&kinds::IDEMPOTENCY_IN_PROGRESS).retry_after(1))
}

fn first(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    command: Command,
    key: &RequestKey,
) -> Result<Stand, Error> {
    let origin = Origin {
        record: key.record,
        request_id: key.request_id.as_ref().to_owned(),
        instance: key.instance.clone(),
    };
    let scope = key.record.scope;
    let begun = tx.savepoint(|tx| match command {
        Command::Move(movement) => movement::begin(tx, change, module, &movement, scope, Some(origin)),
        Command::Void(payment) => void::begin_by_id(tx, change, &module.providers, payment, scope, origin),
    });
    let reply = match begun {
        Ok(Begun::Open(asked, approach)) => return Ok(Stand::Open(asked, approach)),
        Ok(Begun::Decided(payment)) => show(&payment)?,
        Err(error) => {
            let problem = Problem::from(&error);
            if !problem.is_refusal() {
                return Err(error);
            }
            problem.into_reply(&key.request_id, &key.instance)
        }
    };
    idempotency::settle(tx, key.record, &reply)?;
    Ok(Stand::Answered(Ok(reply)))
}

/// The same request came before, and its outcome is open.
fn running(tx: &mut Tx<'_>, command: Command, key: &RequestKey) -> Result<Stand, Error> {
    let id = command.payment();
    let payment = payments::lock(tx, id)?.ok_or(PaymentError::UnknownPayment(id))?;
    match movement::of_scope(tx, &payment, key.record.scope)? {
        Some(transaction) => Ok(Stand::Open(Box::new(Asked { payment, transaction }), Approach::LookUp)),
        None => Ok(Stand::Answered(in_progress())),
    }
}
