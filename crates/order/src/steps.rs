//! The two transactions of placing an order, each carried out for all requests that wait.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::{CallCtx, Ids, Timestamp};
use order_api::OrderId;
use payment_api::PaymentStatus;
use platform::Change;
use platform::batch::Asked;
use platform::events::NewEvent;
use platform::http::{Problem, Reply};
use platform::idempotency::{self, Claim, RequestKey};
use platform::saga::{self, Hold};
use platform::store::{Key, StoreError, Tx};

use crate::error::{Error, PAYMENT_DECLINED};
use crate::order::Order;
use crate::placing::{Mine, Origin, Pending, Placing};
use crate::store::{orders, reviews};

/// Path that replies and refusals of placing name.
pub(crate) const INSTANCE: &str = "/v1/orders";

/// A pending order to write down, under its key.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    pub pending: Arc<Pending>,
    pub key: RequestKey,
}

/// Whether the order is ours to go on with.
#[derive(Debug)]
pub(crate) enum Begun {
    Mine(Hold),
    /// The key was used before: this is the answer.
    Answered(Box<Result<Reply, Problem>>),
}

pub(crate) fn begin_all(
    tx: &mut Tx<'_>,
    batch: &[Asked<Begin>],
    lease_until: Timestamp,
) -> Result<Vec<Begun>, StoreError> {
    let keys: Vec<&RequestKey> = batch.iter().map(|asked| &asked.request.key).collect();
    let claims = idempotency::claim_all(tx, &keys)?;
    let (mut fresh, mut begun) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
    for (Asked { request, .. }, claim) in batch.iter().zip(claims) {
        let order = &request.pending.order;
        let id = Key::from(order.id);
        if matches!(claim, Claim::New) {
            let data = request.pending.as_ref();
            fresh.push(saga::New { id, party: Some(order.customer_id.into()), data });
        }
        let mine = Begun::Mine(Hold::first(id));
        begun.push(claim.answer().map_or(mine, |answer| Begun::Answered(Box::new(answer))));
    }
    saga::start::<Placing>(tx, &fresh, lease_until)?;
    Ok(begun)
}

/// The outcome of a pending order.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub mine: Mine,
    pub verdict: Verdict,
}

impl Finish {
    fn order(&self) -> OrderId {
        self.mine.pending.order.id
    }

    /// Whether the order gets a number: one whose address is from a copy is reviewed first.
    fn places(&self) -> bool {
        matches!(self.verdict, Verdict::Place { .. }) && self.mine.pending.order.review.is_none()
    }

    /// Inventory may let an expired hold go; whether it has, the order cannot know.
    fn is_late(&self, now: Timestamp) -> bool {
        matches!(self.verdict, Verdict::Place { held_until, .. } if held_until <= now)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The stock is held until then, and the payment stands so. An order to be reviewed is kept for that.
    Place {
        held_until: Timestamp,
        payment: PaymentStatus,
    },
    Reject(Problem),
}

/// What became of a pending order.
#[derive(Clone, Debug)]
pub(crate) enum Finished {
    /// The verdict. Unless it had its reply before, this is it.
    Done(Reply),
    /// Somebody else's verdict, or nothing yet; this is the reply that its request had.
    Known(Reply),
    /// Nothing: its hold ran out, and might be let go.
    HoldRanOut,
    /// Somebody else is at work on it, and has come to no end yet.
    Overtaken,
}

/// Writes the outcomes: the order with its number, the event, and the reply under the request's key. An order that
/// somebody else has finished meanwhile is left as it is, and answered with what that one stored.
pub(crate) fn finish_all(
    tx: &mut Tx<'_>,
    ids: &Ids,
    batch: &[Asked<Finish>],
    now: Timestamp,
) -> Result<Vec<Finished>, Error> {
    let keys: Vec<Key> = batch.iter().map(|asked| asked.request.order().into()).collect();
    let mut held: HashSet<Hold> = saga::lock(tx, &keys)?.into_iter().collect();
    let mine: Vec<&Asked<Finish>> =
        batch.iter().filter(|asked| held.remove(&asked.request.mine.hold)).collect();
    let (late, mine): (Vec<_>, Vec<_>) = mine.into_iter().partition(|asked| asked.request.is_late(now));
    let replies = settle(tx, ids, &mine, now)?;
    let late: HashSet<OrderId> = late.into_iter().map(|asked| asked.request.order()).collect();
    batch
        .iter()
        .map(|Asked { request, .. }| match replies.get(&request.order()) {
            Some(reply) => Ok(Finished::Done(reply.clone())),
            None if late.contains(&request.order()) => Ok(Finished::HoldRanOut),
            None => {
                let stored = idempotency::outcome(tx, request.mine.pending.origin.record)?;
                Ok(stored.map_or(Finished::Overtaken, Finished::Known))
            }
        })
        .collect()
}

/// Rejects an order whose saga is locked, in a change of its own.
pub(crate) fn reject(tx: &mut Tx<'_>, change: &Change, mine: Mine, why: Problem) -> Result<(), StoreError> {
    let request = Finish { mine, verdict: Verdict::Reject(why) };
    let asked = Asked { cx: change.cx.clone(), request };
    settle(tx, &change.ids, &[&asked], change.now).map(drop)
}

fn settle(
    tx: &mut Tx<'_>,
    ids: &Ids,
    mine: &[&Asked<Finish>],
    now: Timestamp,
) -> Result<HashMap<OrderId, Reply>, StoreError> {
    if mine.is_empty() {
        return Ok(HashMap::new());
    }
    let placed = mine.iter().filter(|asked| asked.request.places()).count();
    let mut number = match i64::try_from(placed).unwrap_or(0) {
        0 => 0,
        count => orders::take_numbers(tx, count)?,
    };
    let mut outcomes = Vec::with_capacity(mine.len());
    for Asked { cx, request } in mine {
        // Recovery goes on in the name of the request that began.
        let request_id = request.mine.pending.origin.request_id.as_str().into();
        let change = Change { cx: CallCtx { request_id, ..cx.clone() }, ids: ids.clone(), now };
        outcomes.push(Outcome::of(request, &change, &mut number)?);
    }
    saga::end(tx, &outcomes.iter().map(|outcome| outcome.order.id.into()).collect::<Vec<_>>())?;
    let decided: Vec<_> = outcomes.iter().map(|outcome| (&outcome.order, outcome.origin.record.id)).collect();
    orders::insert(tx, &decided)?;
    reviews::insert(tx, outcomes.iter().map(|outcome| &outcome.order))?;
    let unanswered = outcomes.iter().filter(|outcome| !outcome.origin.answered);
    let replies: Vec<_> = unanswered.map(|outcome| (outcome.origin.record, &outcome.reply)).collect();
    idempotency::settle_all(tx, &replies)?;
    let (events, replies): (Vec<_>, HashMap<_, _>) =
        outcomes.into_iter().map(|outcome| (outcome.event, (outcome.order.id, outcome.reply))).unzip();
    tx.append(&events)?;
    Ok(replies)
}

struct Outcome<'a> {
    order: Order,
    origin: &'a Origin,
    event: NewEvent,
    reply: Reply,
}

impl Outcome<'_> {
    /// `number` is the next to give.
    fn of<'a>(finish: &'a Finish, change: &Change, number: &mut i64) -> Result<Outcome<'a>, StoreError> {
        let Pending { order, origin, .. } = finish.mine.pending.as_ref();
        let mut order = order.clone();
        let turned = match &finish.verdict {
            Verdict::Place { payment, .. } => {
                order.payment.settle(*payment);
                if finish.places() {
                    let turned = order.place(*number, change.now);
                    *number = number.saturating_add(1);
                    turned
                } else {
                    order.keep_for_review()
                }
            }
            Verdict::Reject(problem) => {
                order.payment.will_not_be(problem.code() == PAYMENT_DECLINED.code);
                order.reject(problem.code())
            }
        };
        let Ok(Some(event)) = turned else {
            return Err(StoreError::Query(format!("order {} is pending in its row only", order.id)));
        };
        let event = NewEvent::new(change, &order.id, order.version, &event)?;
        let reply = match &finish.verdict {
            Verdict::Place { .. } => {
                let (view, at) = (order.view(), format!("{INSTANCE}/{}", order.id));
                let reply = if finish.places() { Reply::created(&view)? } else { Reply::accepted(&view)? };
                reply.at(at).tagged(order.version)
            }
            Verdict::Reject(problem) => problem.clone().into_reply(&origin.request_id, INSTANCE),
        };
        Ok(Outcome { order, origin, event, reply })
    }
}
