//! Letting a payment go: by its id, as REST asks for it, of which nothing was captured; or whatever there is of it, because
//! its order is no more.

use kernel::CallCtx;
use payment_api::{PaymentError, PaymentId, Reverse};
use platform::store::{StoreError, Tx};
use platform::{Change, bug};
use uuid::Uuid;

use crate::begin::{Begun, start};
use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::payment::{Payment, Reversal, Terms};
use crate::provider::{self, Providers};
use crate::settle::{Asked, touch};
use crate::store::{payments, transactions};
use crate::transaction::{Action, Origin, Transaction};

impl PaymentModule {
    /// Reverses because the order asks for it, and waits for what comes of it as long as the order does.
    pub(crate) async fn reverse(
        &self,
        cx: &CallCtx,
        request: Reverse,
    ) -> Result<payment_api::Payment, Error> {
        let (module, call) = (self.clone(), cx.clone());
        let begun = self.foundation.store.write(cx, "payment.reverse", move |tx| {
            let change = module.foundation.change(&call);
            match begin_of_order(tx, &change, &module.providers, &request)? {
                Some(begun) => Ok(begun),
                None => Err(StoreError::Contended("the order's payment".to_owned()).into()),
            }
        });
        let begun: Result<Begun, Error> = begun.await;
        match begun? {
            Begun::Decided(payment) => Ok(payment.view()),
            Begun::Open(asked, approach) => {
                let before = asked.payment.view();
                let settled = self.drive(cx, *asked, approach).await?;
                Ok(settled.map_or(before, |settled| settled.payment.view()))
            }
        }
    }
}

/// Lets the order's payment go. If there is none, a mark is left: one that comes late is refused. `None` when a rival
/// has just made it.
pub(crate) fn begin_of_order(
    tx: &mut Tx<'_>,
    change: &Change,
    providers: &Providers,
    request: &Reverse,
) -> Result<Option<Begun>, Error> {
    if let Some(mut payment) = payments::lock_of_order(tx, request.order_id)? {
        bug!(PaymentKept => return Ok(Some(Begun::Decided(Box::new(payment)))));
        let reversal = payment.begin_reversal()?;
        return go_on(tx, change, providers, payment, reversal, Asker::default()).map(Some);
    }
    let mark = Payment::never(terms(request), change.now);
    Ok(payments::insert(tx, &mark)?.then(|| Begun::Decided(Box::new(mark))))
}

/// A mark is left for cards even where none are taken any more.
fn terms(request: &Reverse) -> Terms {
    let Reverse { order_id, method, amount } = *request;
    Terms { order_id, method, provider: provider::name_of(method), amount, token: None, return_url: None }
}

/// Voids a payment by its id, as REST asks for it.
pub(crate) fn begin_by_id(
    tx: &mut Tx<'_>,
    change: &Change,
    providers: &Providers,
    id: PaymentId,
    scope: Uuid,
    origin: Origin,
) -> Result<Begun, Error> {
    let mut payment = payments::lock(tx, id)?.ok_or(PaymentError::UnknownPayment(id))?;
    let waits = !payment.can_void_now();
    let reversal = payment.begin_void()?;
    match go_on(tx, change, providers, payment, reversal, Asker { scope: Some(scope), origin: Some(origin) })?
    {
        // Noted, or under way for somebody else: that is an answer. The worker goes on with it.
        Begun::Open(asked, _) if waits => Ok(Begun::Decided(Box::new(asked.payment))),
        begun => Ok(begun),
    }
}

/// Who asked, if somebody waits for the answer.
#[derive(Default)]
struct Asker {
    scope: Option<Uuid>,
    origin: Option<Origin>,
}

/// The payment is locked. A wish that has to wait for an outcome leaves that to be asked for.
fn go_on(
    tx: &mut Tx<'_>,
    change: &Change,
    providers: &Providers,
    mut payment: Payment,
    reversal: Reversal,
    Asker { scope, origin }: Asker,
) -> Result<Begun, Error> {
    let (action, amount) = match reversal {
        Reversal::Nothing => return Ok(Begun::Decided(Box::new(payment))),
        Reversal::UnderWay => return under_way(tx, payment),
        Reversal::Noted => {
            touch(&mut payment, change.now);
            payments::save(tx, &payment)?;
            transactions::wake(tx, payment.id, change.now)?;
            return under_way(tx, payment);
        }
        Reversal::Void => (Action::Void, payment.amount),
        Reversal::Refund(amount) => (Action::Refund, amount),
    };
    let new = Transaction::new(change.ids.next(change.now), &payment, action, amount, change.now);
    let at_once = providers.at_once(&payment);
    start(tx, change, payment, Transaction { scope, origin, ..new }, at_once.as_ref())
}

fn under_way(tx: &mut Tx<'_>, payment: Payment) -> Result<Begun, Error> {
    let open = transactions::of(tx, &payment)?.into_iter().find(Transaction::is_open);
    Ok(match open {
        Some(transaction) => Begun::Open(Box::new(Asked { payment, transaction }), Approach::LookUp),
        None => Begun::Decided(Box::new(payment)),
    })
}
