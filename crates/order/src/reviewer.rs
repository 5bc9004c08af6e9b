//! Reviewing orders that were accepted while the customer module was away: by its word once it is back, or by a person's.
//! Whatever is decided is written under the order's lock, so it is decided once, whoever tries.

use std::collections::HashMap;
use std::time::Duration;

use customer_api::{CustomerId, CustomerSnapshot, FindSnapshots};
use kernel::CallCtx;
use order_api::OrderStatus;
use platform::Change;
use platform::backoff::Backoff;
use platform::events::NewEvent;
use platform::store::{Db, Key, StoreError, Tx};
use platform::workers::Workers;

use crate::error::Error;
use crate::module::OrderModule;
use crate::order::{Order, Status};
use crate::review::{Finding, Review};
use crate::store::{self, orders, reviews};

/// Orders of one question and one transaction.
const BATCH: i64 = 100;
const BUDGET: Duration = Duration::from_secs(5);
/// Between two looks; longer while the customer module is away.
const LOOK: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5) };

pub(crate) fn start(orders: &OrderModule, workers: &Workers) {
    let orders = orders.clone();
    workers.spawn("order-review", move |beat| async move {
        let mut failures = 0_i32;
        loop {
            failures = match orders.review_waiting().await {
                Ok(()) => 0,
                Err(error) => {
                    tracing::warn!(%error, "orders wait to be reviewed");
                    failures.saturating_add(1)
                }
            };
            let foundation = &orders.foundation;
            beat.rest(LOOK.jittered(failures, &foundation.ids, foundation.clock.now())).await;
        }
    });
}

impl OrderModule {
    /// Asks the owner about every order that waits for it.
    pub(crate) async fn review_waiting(&self) -> Result<(), Error> {
        let mut after = Key(Default::default());
        loop {
            let cx = CallCtx::system("order-review", BUDGET);
            let store = &self.foundation.store;
            let waiting = move |db: &mut Db<'_>| reviews::waiting(db, after, BATCH);
            let ids = store.peek::<_, StoreError, _>(&cx, waiting).await?;
            let Some(last) = ids.last() else { return Ok(()) };
            after = *last;
            let load = move |db: &mut Db<'_>| store::load(db, &ids);
            let waiting = store.read::<_, StoreError, _>(&cx, load).await?;
            let judged = self.judge(&cx, &waiting).await?;
            let change = self.foundation.change(&cx);
            store.write(&cx, "order.review", move |tx| settle(tx, &change, &judged)).await?;
        }
    }

    /// What the owner says otherwise, by order.
    async fn judge(
        &self,
        cx: &CallCtx,
        waiting: &[Order],
    ) -> Result<HashMap<Key, Option<Finding>>, StoreError> {
        let mut ids: Vec<CustomerId> = waiting.iter().map(|order| order.customer_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let found = self.customers.find_snapshots(cx, FindSnapshots { ids }).await;
        let found = found.map_err(|error| StoreError::Unavailable(format!("customer: {error}")))?.customers;
        let owners: HashMap<CustomerId, CustomerSnapshot> =
            found.into_iter().map(|customer| (customer.id, customer)).collect();
        let judge = |order: &Order| {
            let finding = order.review.as_ref()?.judge(order, owners.get(&order.customer_id));
            Some((Key::from(order.id), finding))
        };
        Ok(waiting.iter().filter_map(judge).collect())
    }
}

fn settle(tx: &mut Tx<'_>, change: &Change, judged: &HashMap<Key, Option<Finding>>) -> Result<(), Error> {
    let ids: Vec<Key> = judged.keys().copied().collect();
    let mut confirmed = Vec::with_capacity(ids.len());
    for mut order in store::lock_standing(tx, &ids, OrderStatus::NeedsReview)? {
        match (&mut order.review, judged.get(&order.id.into())) {
            // Where another instance has found something, a person decides.
            (Some(Review { finding: finding @ None, .. }), Some(judgement)) => *finding = *judgement,
            _ => continue,
        }
        match order.review.as_ref().and_then(|review| review.finding) {
            None => confirmed.push(order),
            Some(finding) => {
                order.turn(Status::NeedsReview);
                orders::save(tx, &order)?;
                reviews::note(tx, order.id, finding)?;
            }
        }
    }
    place(tx, change, &mut confirmed)
}

/// Places orders that are locked and under review.
pub(crate) fn place(tx: &mut Tx<'_>, change: &Change, confirmed: &mut [Order]) -> Result<(), Error> {
    let ids: Vec<Key> = confirmed.iter().map(|order| order.id.into()).collect();
    let count = i64::try_from(ids.len()).unwrap_or(0);
    if count == 0 {
        return Ok(());
    }
    let mut number = orders::take_numbers(tx, count)?;
    let mut events = Vec::with_capacity(ids.len());
    for order in confirmed {
        if let Some(event) = order.place(number, change.now)? {
            orders::save(tx, order)?;
            events.push(NewEvent::new(change, &order.id, order.version, &event)?);
        }
        number = number.saturating_add(1);
    }
    reviews::remove(tx, &ids)?;
    Ok(tx.append(&events)?)
}
