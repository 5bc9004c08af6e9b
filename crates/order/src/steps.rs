//! The two transactions of placing an order, each carried out for all requests that wait.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::{CallCtx, Ids, Timestamp};
use order_api::OrderId;
use platform::Change;
use platform::batch::Asked;
use platform::events::NewEvent;
use platform::http::{Problem, Reply};
use platform::idempotency::{self, Claim, Record, RequestKey};
use platform::store::{Key, StoreError, Tx};

use crate::error::Error;
use crate::order::Order;
use crate::store::{Pending, orders, saga};

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
    Pending,
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
        if matches!(claim, Claim::New) {
            fresh.push(request.pending.as_ref());
        }
        begun.push(claim.answer().map_or(Begun::Pending, |answer| Begun::Answered(Box::new(answer))));
    }
    saga::start(tx, &fresh, lease_until)?;
    Ok(begun)
}

/// The outcome of a pending order.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub pending: Arc<Pending>,
    pub verdict: Verdict,
}

impl Finish {
    /// Inventory may let an expired hold go; whether it has, the order cannot know.
    fn is_late(&self, now: Timestamp) -> bool {
        matches!(self.verdict, Verdict::Place { held_until } if held_until <= now)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The stock is held until then.
    Place {
        held_until: Timestamp,
    },
    Reject(Problem),
}

/// What became of a pending order.
#[derive(Clone, Debug)]
pub(crate) enum Finished {
    Replied(Reply),
    /// Nothing: its hold ran out, and might be let go.
    HoldRanOut,
}

/// Writes the outcomes: the order with its number, the event, and the reply under the request's key. An order that
/// somebody else has finished meanwhile is left as it is, and answered with what that one stored.
pub(crate) fn finish_all(
    tx: &mut Tx<'_>,
    ids: &Ids,
    batch: &[Asked<Finish>],
    now: Timestamp,
) -> Result<Vec<Finished>, Error> {
    let keys: Vec<Key> = batch.iter().map(|asked| asked.request.pending.order.id.into()).collect();
    let mut pending: HashSet<Key> = saga::lock_pending(tx, &keys)?.into_iter().collect();
    let mine: Vec<&Asked<Finish>> =
        batch.iter().filter(|asked| pending.remove(&asked.request.pending.order.id.into())).collect();
    let (late, mine): (Vec<_>, Vec<_>) = mine.into_iter().partition(|asked| asked.request.is_late(now));
    let replies = settle(tx, ids, &mine, now)?;
    let late: HashSet<OrderId> = late.into_iter().map(|asked| asked.request.pending.order.id).collect();
    batch
        .iter()
        .map(|Asked { request, .. }| match replies.get(&request.pending.order.id) {
            Some(reply) => Ok(Finished::Replied(reply.clone())),
            None if late.contains(&request.pending.order.id) => Ok(Finished::HoldRanOut),
            None => {
                let stored = idempotency::outcome(tx, request.pending.origin.record)?;
                stored.map(Finished::Replied).ok_or(Error::NotFound)
            }
        })
        .collect()
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
    let placed = mine.iter().filter(|asked| matches!(asked.request.verdict, Verdict::Place { .. })).count();
    let mut number = match i64::try_from(placed).unwrap_or(0) {
        0 => 0,
        count => orders::take_numbers(tx, count)?,
    };
    let mut outcomes = Vec::with_capacity(mine.len());
    for Asked { cx, request } in mine {
        // Recovery goes on in the name of the request that began.
        let request_id = request.pending.origin.request_id.as_str().into();
        let change = Change { cx: CallCtx { request_id, ..cx.clone() }, ids: ids.clone(), now };
        outcomes.push(Outcome::of(request, &change, &mut number)?);
    }
    saga::end(tx, &outcomes.iter().map(|outcome| outcome.order.id.into()).collect::<Vec<_>>())?;
    let decided: Vec<_> = outcomes.iter().map(|outcome| (&outcome.order, outcome.record.id)).collect();
    orders::insert(tx, &decided)?;
    let replies: Vec<_> = outcomes.iter().map(|outcome| (outcome.record, &outcome.reply)).collect();
    idempotency::settle_all(tx, &replies)?;
    let (events, replies): (Vec<_>, HashMap<_, _>) =
        outcomes.into_iter().map(|outcome| (outcome.event, (outcome.order.id, outcome.reply))).unzip();
    tx.append(&events)?;
    Ok(replies)
}

struct Outcome {
    order: Order,
    record: Record,
    event: NewEvent,
    reply: Reply,
}

impl Outcome {
    /// `number` is the next to give.
    fn of(finish: &Finish, change: &Change, number: &mut i64) -> Result<Outcome, StoreError> {
        let Pending { order, origin } = finish.pending.as_ref();
        let mut order = order.clone();
        let turned = match &finish.verdict {
            Verdict::Place { .. } => {
                let turned = order.place(*number, change.now);
                *number = number.saturating_add(1);
                turned
            }
            Verdict::Reject(problem) => order.reject(problem.code()),
        };
        let Ok(Some(event)) = turned else {
            return Err(StoreError::Query(format!("order {} is pending in its row only", order.id)));
        };
        let event = NewEvent::new(change, &order.id, order.version, &event)?;
        let reply = match &finish.verdict {
            Verdict::Place { .. } => {
                Reply::created(&order.view())?.at(format!("{INSTANCE}/{}", order.id)).tagged(order.version)
            }
            Verdict::Reject(problem) => problem.clone().into_reply(&origin.request_id, INSTANCE),
        };
        Ok(Outcome { order, record: origin.record, event, reply })
    }
}
