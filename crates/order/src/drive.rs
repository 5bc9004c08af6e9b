//! From a pending order to its outcome. Each step is a command of another module, keyed by the order, so whoever takes the
//! order up goes down the same road from its beginning.

use std::time::Duration;

use inventory_api::{LineQuantity, ReleaseHolds, Reserve};
use kernel::{ApiError, CallCtx, Timestamp};
use order_api::PaymentMethod;
use payment_api::{AuthorisationOutcome, Authorise, PayMethod, PaymentStatus, Reverse};
use platform::http::{Problem, Reply, kinds};
use platform::idempotency;
use platform::saga::{self, Progress};
use platform::store::Tx;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::Order;
use crate::placing::{Mine, Pending};
use crate::refusal;
use crate::steps::{Finish, Finished, INSTANCE, Verdict};

/// How long stock stays held for an order that nobody confirms, and how long its payment may stay open.
const HOLD: Duration = Duration::from_secs(15 * 60);
/// A hold that has run out is renewed once.
const RESERVATIONS: usize = 2;
/// Of the caller's time, for what follows on the payment.
const AFTER_PAYMENT: Duration = Duration::from_millis(250);

/// How far an order was driven, and what that means for whoever asked for it.
#[derive(Clone, Debug)]
pub(crate) struct Driven {
    pub progress: Progress,
    pub reply: Reply,
}

/// What the payment of an order came to.
enum Paid {
    /// It is authorised, or need not be.
    Yes(PaymentStatus),
    No(Problem),
    /// Not known yet, or the customer's turn.
    Open(PaymentStatus, Option<String>),
}

impl OrderModule {
    /// What becomes of the hold and of the payment, their owners learn from the order's event.
    pub(crate) async fn drive(&self, cx: &CallCtx, mine: &Mine) -> Result<Driven, Problem> {
        for _ in 0..RESERVATIONS {
            let order = &mine.pending.order;
            let verdict = match self.reserve(cx, order).await? {
                Err(refused) => Verdict::Reject(refused),
                Ok(held_until) => match self.authorise(cx, &mine.pending).await? {
                    Paid::Yes(payment) => Verdict::Place { held_until, payment },
                    Paid::No(refused) => Verdict::Reject(refused),
                    Paid::Open(..) if self.is_out_of_time(order) => {
                        Verdict::Reject(refusal::payment_not_completed())
                    }
                    Paid::Open(status, redirect_url) => {
                        return self.wait(cx, mine, (status, redirect_url), held_until).await;
                    }
                },
            };
            let rejected = matches!(verdict, Verdict::Reject(_));
            let finish = Finish { mine: mine.clone(), verdict };
            match self.finishes.call(cx, finish).await? {
                Finished::Done(reply) => {
                    if rejected {
                        self.undo(cx, &order.view(), "order rejected").await;
                    }
                    return Ok(Driven { progress: Progress::Over, reply });
                }
                Finished::Known(reply) => return Ok(Driven { progress: Progress::Over, reply }),
                Finished::Overtaken => return Err(overtaken()),
                Finished::HoldRanOut => {}
            }
        }
        Err(Problem::of(&kinds::UNAVAILABLE).caused_by("holds run out before the order can be placed"))
    }

    /// Holds the stock. Asked again for a hold that has run out and is still there, inventory extends it.
    async fn reserve(&self, cx: &CallCtx, order: &Order) -> Result<Result<Timestamp, Problem>, Problem> {
        let lines =
            order.lines.iter().map(|line| LineQuantity { sku: line.sku.clone(), quantity: line.quantity });
        let reserve = Reserve { order_id: order.id, lines: lines.collect(), ttl: HOLD };
        match self.inventory.reserve(&cx.with_key(order.id.to_string()), reserve).await {
            Ok(held) => Ok(Ok(held.expires_at)),
            Err(ApiError::Domain(refused)) => Ok(Err(refusal::of_reservation(order, &refused))),
            Err(unknown) => Err(Problem::from(&unknown)),
        }
    }

    /// Has the payment authorised, where that is needed.
    async fn authorise(&self, cx: &CallCtx, pending: &Pending) -> Result<Paid, Problem> {
        let order = &pending.order;
        let Some(card) = pending.card.as_ref().filter(|_| order.total.minor() > 0) else {
            return Ok(Paid::Yes(PaymentStatus::Pending));
        };
        let request = Authorise {
            order_id: order.id,
            amount: order.total,
            token: card.token.clone(),
            return_url: card.return_url.clone(),
        };
        let patience = cx.remaining().unwrap_or_default().saturating_sub(AFTER_PAYMENT);
        let call = cx.with_key(order.id.to_string()).with_budget(patience);
        match self.payments.authorise(&call, request).await {
            Ok(authorisation) => Ok(match authorisation.outcome {
                AuthorisationOutcome::Authorised => Paid::Yes(PaymentStatus::Authorised),
                AuthorisationOutcome::Declined { reason } => Paid::No(refusal::declined(&reason)),
                AuthorisationOutcome::ActionRequired { redirect_url } => {
                    Paid::Open(PaymentStatus::RequiresAction, Some(redirect_url))
                }
                AuthorisationOutcome::Unknown => Paid::Open(PaymentStatus::Unknown, None),
            }),
            Err(ApiError::Domain(refused)) => refusal::of_payment(&refused).map(Paid::No),
            Err(unknown) => Err(Problem::from(&unknown)),
        }
    }

    fn is_out_of_time(&self, order: &Order) -> bool {
        self.foundation.clock.now().since(order.created_at) >= HOLD
    }

    /// Leaves the order to its payment: the event of that wakes it, or the end of the hold.
    async fn wait(
        &self,
        cx: &CallCtx,
        mine: &Mine,
        (status, redirect_url): (PaymentStatus, Option<String>),
        held_until: Timestamp,
    ) -> Result<Driven, Problem> {
        let (hold, record, now) = (mine.hold, mine.pending.origin.record, self.foundation.clock.now());
        let mut pending = Pending::clone(&mine.pending);
        pending.order.note_payment(status, redirect_url);
        let answered = std::mem::replace(&mut pending.origin.answered, true);
        let order = &pending.order;
        let reply =
            Reply::accepted(&order.view())?.at(format!("{INSTANCE}/{}", order.id)).tagged(order.version);
        let wait = move |tx: &mut Tx<'_>| -> Result<Option<Reply>, Error> {
            if !saga::wait(tx, hold, &pending, now, held_until)? {
                return Ok(idempotency::outcome(tx, record)?);
            }
            if !answered {
                idempotency::settle(tx, record, &reply)?;
            }
            Ok(Some(reply.clone()))
        };
        let waiting: Result<Option<Reply>, Error> =
            self.foundation.store.write(cx, "order.await_payment", wait).await;
        let reply = waiting?.ok_or_else(overtaken)?;
        Ok(Driven { progress: Progress::Waits, reply })
    }

    /// Asks for stock and money back, so that they are usually there when this returns; if they are not, their owners will
    /// hear of it.
    pub(crate) async fn undo(&self, cx: &CallCtx, order: &order_api::Order, reason: &str) {
        let key = cx.with_key(format!("undo:{}", order.id));
        let release = ReleaseHolds { orders: vec![order.id], reason: reason.to_owned() };
        if let Err(error) = self.inventory.release(&key, release).await {
            tracing::debug!(order = %order.id, %error, "inventory will hear of it");
        }
        if order.payment.method == PaymentMethod::Card && order.total.minor() > 0 {
            let reverse = Reverse { order_id: order.id, method: PayMethod::Card, amount: order.total };
            if let Err(error) = self.payments.reverse(&key, reverse).await {
                tracing::debug!(order = %order.id, %error, "payment will hear of it");
            }
        }
    }
}

/// Somebody else is at work on the order.
fn overtaken() -> Problem {
    Problem::of(&kinds::UNAVAILABLE).caused_by("the order was taken over").retry_after(1)
}
