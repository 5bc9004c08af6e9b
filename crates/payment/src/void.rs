//! Letting an authorisation go.

use kernel::CallCtx;
use payment_api::{PaymentError, PaymentId, PaymentStatus, Void};
use platform::Change;
use platform::store::{StoreError, Tx};
use uuid::Uuid;

use crate::begin::{Begun, start};
use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::payment::{Payment, Terms, VoidStep};
use crate::settle::{Asked, outcome, touch};
use crate::store::{payments, transactions};
use crate::transaction::{Action, Origin, Transaction};

impl PaymentModule {
    /// Voids because the order asks for it, and waits for what comes of it as long as the order does.
    pub(crate) async fn void_order(
        &self,
        cx: &CallCtx,
        request: Void,
    ) -> Result<payment_api::Payment, Error> {
        let (module, call) = (self.clone(), cx.clone());
        let begun = self.foundation.store.write(cx, "payment.void", move |tx| {
            let change = module.foundation.change(&call);
            match of_order(tx, &change, &module, &request)? {
                Some(payment) => begin(tx, &change, &module, payment, None, None),
                None => Err(StoreError::Contended("the order's payment".to_owned()).into()),
            }
        });
        match begun.await? {
            Begun::Decided(payment) => Ok(payment.view()),
            Begun::Open(asked, approach) => {
                let before = asked.payment.view();
                let Some(settled) = self.drive(cx, *asked, approach).await? else { return Ok(before) };
                if settled.transaction.action == Action::Void {
                    outcome(&settled.transaction)?;
                }
                Ok(settled.payment.view())
            }
        }
    }
}

/// The order's payment, locked. If there is none, a mark is left: one that comes late is refused.
fn of_order(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    request: &Void,
) -> Result<Option<Payment>, Error> {
    if let Some(payment) = payments::lock_of_order(tx, request.order_id)? {
        return Ok(Some(payment));
    }
    let provider = module.providers.of(request.method).ok_or(PaymentError::MethodUnavailable)?;
    let terms = Terms {
        order_id: request.order_id,
        method: request.method,
        provider: provider.name(),
        amount: request.amount,
        token: None,
        return_url: None,
    };
    let mark = Payment::never(change.ids.next(change.now), terms, change.now);
    if payments::insert(tx, &mark)? {
        return Ok(Some(mark));
    }
    // A rival was faster by a moment.
    Ok(payments::lock_of_order(tx, request.order_id)?)
}

/// Voids a payment that is locked. A wish that has to wait for the authorisation's outcome leaves that to be asked for.
pub(crate) fn begin(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    mut payment: Payment,
    scope: Option<Uuid>,
    origin: Option<Origin>,
) -> Result<Begun, Error> {
    match payment.begin_void()? {
        VoidStep::Nothing => Ok(Begun::Decided(Box::new(payment))),
        VoidStep::UnderWay => open(tx, payment, Action::Void),
        VoidStep::Noted => {
            touch(&mut payment, change.now);
            payments::save(tx, &payment)?;
            transactions::wake(tx, payment.id, change.now)?;
            open(tx, payment, Action::Authorise)
        }
        VoidStep::Ask => {
            let id = change.ids.next(change.now);
            let new = Transaction::new(id, &payment, Action::Void, payment.amount, change.now);
            let at_once = module.at_once(&payment);
            start(tx, change, payment, Transaction { scope, origin, ..new }, at_once.as_ref())
        }
    }
}

/// What is under way already.
fn open(tx: &mut Tx<'_>, payment: Payment, action: Action) -> Result<Begun, Error> {
    let all = transactions::of(tx, &payment)?;
    let open = all.into_iter().find(|transaction| transaction.action == action && transaction.is_open());
    Ok(match open {
        Some(transaction) => Begun::Open(Box::new(Asked { payment, transaction }), Approach::LookUp),
        None => Begun::Decided(Box::new(payment)),
    })
}

/// Voids a payment by its id, as REST asks for it.
pub(crate) fn begin_by_id(
    tx: &mut Tx<'_>,
    change: &Change,
    module: &PaymentModule,
    id: PaymentId,
    scope: Uuid,
    origin: Origin,
) -> Result<Begun, Error> {
    let payment = payments::lock(tx, id)?.ok_or(PaymentError::UnknownPayment(id))?;
    let waits = !matches!(payment.status(), PaymentStatus::Authorised | PaymentStatus::RequiresAction);
    match begin(tx, change, module, payment, Some(scope), Some(origin))? {
        // Noted, or under way for somebody else: that is an answer. The worker goes on with it.
        Begun::Open(asked, _) if waits => Ok(Begun::Decided(Box::new(asked.payment))),
        begun => Ok(begun),
    }
}
