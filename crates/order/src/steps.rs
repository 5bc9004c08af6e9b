//! The two transactions of placing an order, each carried out for all requests that wait.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kernel::{CallCtx, Ids, Timestamp};
use order_api::{OrderEvent, OrderId};
use platform::batch::Asked;
use platform::events;
use platform::http::{Problem, Reply};
use platform::idempotency::{self, Claim, RequestKey};
use platform::store::{Key, StoreError, Tx};

use crate::error::Error;
use crate::order::Order;
use crate::store::{self, LineRow, OrderRow, Origin, StockTodo};

/// Path that replies and refusals of placing name.
pub(crate) const INSTANCE: &str = "/v1/orders";

/// A pending order to write down, under its key.
#[derive(Clone, Debug)]
pub(crate) struct Begin {
    pub order: Arc<Order>,
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
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Vec<Begun>, StoreError> {
    let keys: Vec<&RequestKey> = batch.iter().map(|asked| &asked.request.key).collect();
    let claims = idempotency::claim_all(tx, &keys, now)?;
    let (mut rows, mut lines, mut begun) = (Vec::new(), Vec::new(), Vec::with_capacity(batch.len()));
    for (Asked { request: begin, .. }, claim) in batch.iter().zip(claims) {
        if matches!(claim, Claim::New) {
            let origin = Origin {
                scope: begin.key.scope.clone(),
                request_id: begin.key.request_id.as_ref().to_owned(),
            };
            rows.push(OrderRow::of(&begin.order, &origin, lease_until)?);
            lines.extend(LineRow::of(&begin.order));
        }
        begun.push(claim.answer().map_or(Begun::Pending, |answer| Begun::Answered(Box::new(answer))));
    }
    store::insert(tx, &rows, &lines)?;
    Ok(begun)
}

/// The outcome of a pending order.
#[derive(Clone, Debug)]
pub(crate) struct Finish {
    pub order: Arc<Order>,
    pub origin: Origin,
    pub verdict: Verdict,
}

#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The stock is held.
    Place,
    Reject(Problem),
}

/// Writes the outcomes: status, number, event, and the reply under the request's key. An order that somebody else
/// has finished meanwhile is left as it is, and answered with what that one stored.
pub(crate) fn finish_all(
    tx: &mut Tx<'_>,
    ids: &Ids,
    batch: &[Asked<Finish>],
    now: Timestamp,
) -> Result<Vec<Reply>, Error> {
    let keys: Vec<Key> = batch.iter().map(|asked| asked.request.order.id.into()).collect();
    let mut pending: HashSet<Key> = store::lock_pending(tx, &keys)?.into_iter().collect();
    let mine: Vec<&Asked<Finish>> =
        batch.iter().filter(|asked| pending.remove(&asked.request.order.id.into())).collect();
    let replies = settle(tx, ids, &mine, now)?;
    batch
        .iter()
        .map(|Asked { request, .. }| match replies.get(&request.order.id) {
            Some(reply) => Ok(reply.clone()),
            None => Ok(idempotency::outcome(tx, &request.origin.scope)?.ok_or(Error::NotFound)?),
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
    let placed = mine.iter().filter(|asked| matches!(asked.request.verdict, Verdict::Place)).count();
    let mut number = match i64::try_from(placed).unwrap_or(0) {
        0 => 0,
        count => store::take_numbers(tx, count)?,
    };
    let mut outcomes = Vec::with_capacity(mine.len());
    for asked in mine {
        outcomes.push(Outcome::of(&asked.request, &mut number, now)?);
    }
    let saved: Vec<(&Order, StockTodo)> =
        outcomes.iter().map(|outcome| (&outcome.order, outcome.todo)).collect();
    store::save_all(tx, &saved)?;
    let mut log = Vec::with_capacity(outcomes.len());
    for (outcome, Asked { cx, request }) in outcomes.iter().zip(mine) {
        // Recovery goes on in the name of the request that began.
        let cx = CallCtx { request_id: request.origin.request_id.as_str().into(), ..cx.clone() };
        let order = &outcome.order;
        log.push(events::envelope(
            &cx,
            ids.next(now),
            now,
            order.id.to_string(),
            order.version,
            &outcome.event,
        )?);
    }
    tx.append(&log)?;
    let replies: Vec<(&[u8], &Reply)> = mine
        .iter()
        .zip(&outcomes)
        .map(|(asked, outcome)| (asked.request.origin.scope.as_slice(), &outcome.reply))
        .collect();
    idempotency::settle_all(tx, &replies)?;
    Ok(outcomes.into_iter().map(|outcome| (outcome.order.id, outcome.reply)).collect())
}

struct Outcome {
    order: Order,
    event: OrderEvent,
    reply: Reply,
    todo: StockTodo,
}

impl Outcome {
    /// `number` is the next to give.
    fn of(finish: &Finish, number: &mut i64, now: Timestamp) -> Result<Outcome, StoreError> {
        let mut order = Order::clone(&finish.order);
        let (turned, todo) = match &finish.verdict {
            Verdict::Place => {
                let turned = order.place(*number, now);
                *number = number.saturating_add(1);
                (turned, StockTodo::Confirm)
            }
            // The failing step may have run all the same: its hold is released like any other.
            Verdict::Reject(problem) => (order.reject(problem.code()), StockTodo::Release),
        };
        let Ok(Some(event)) = turned else {
            return Err(StoreError::Query(format!("order {} is pending in its row only", order.id)));
        };
        let reply = match &finish.verdict {
            Verdict::Place => {
                Reply::created(&order.view())?.at(format!("{INSTANCE}/{}", order.id)).tagged(order.version)
            }
            Verdict::Reject(problem) => problem.clone().into_reply(&finish.origin.request_id, INSTANCE),
        };
        Ok(Outcome { order, event, reply, todo })
    }
}
