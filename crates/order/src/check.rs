//! Invariants 3 to 6, as far as they are about orders, walked over all orders. What is still being settled gets 5 s before it is reported.

mod inspect;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::future::join;
use inventory_api::{FindHolds, HoldView};
use kernel::CallCtx;
use order_api::OrderId;
use payment_api::{FindPayments, Payment};
use platform::events::retention::kept_since;
use platform::patience::Patience;
use platform::store::{Db, Key, StoreError};
use platform::{Violation, events};
use uuid::Uuid;

use self::inspect::{inspect, inspect_payment, is_pending};
use crate::module::OrderModule;
use crate::order::Order;
use crate::store::{self, orders};

const PAGE: i64 = 500;
/// A pending order is finished within 30 s of all parts being up.
const PENDING_WITHIN: Duration = Duration::from_secs(30);

/// Orders that come after this one.
type NextPage = fn(&mut Db<'_>, Option<Key>) -> Result<Vec<Order>, StoreError>;

impl OrderModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let mut violations = self.foundation.store.read(cx, duplicate_keys).await?;
        // The pending first: whatever is decided meanwhile is met among the others.
        let mut suspects = self.walk(cx, |db, after| store::list_pending(db, None, after, PAGE)).await?;
        suspects.extend(self.walk(cx, |db, after| orders::walk(db, after, PAGE)).await?);
        violations.extend(self.look_again(cx, suspects).await?);
        Ok(violations)
    }

    /// Orders with which something seems wrong, of all that `next` gives, page by page.
    async fn walk(&self, cx: &CallCtx, next: NextPage) -> Result<Vec<OrderId>, StoreError> {
        let (mut suspects, mut after) = (Vec::new(), None);
        loop {
            let page = self.foundation.store.read(cx, move |db| next(db, after)).await?;
            let Some(last) = page.last() else { return Ok(suspects) };
            after = Some(Key::from(last.id));
            let inspected = self.inspect(cx, page).await?;
            suspects
                .extend(inspected.into_iter().filter(|(_, found)| !found.is_empty()).map(|(order, _)| order));
        }
    }

    /// A suspect that settles in time is innocent.
    async fn look_again(
        &self,
        cx: &CallCtx,
        mut suspects: Vec<OrderId>,
    ) -> Result<Vec<Violation>, StoreError> {
        let patience = Patience::begin();
        loop {
            let mut guilty = Vec::new();
            for some in suspects.chunks(usize::try_from(PAGE).unwrap_or(1)) {
                let keys: Vec<Key> = some.iter().copied().map(Key::from).collect();
                let orders = self.foundation.store.read(cx, move |db| store::load(db, &keys)).await?;
                guilty.extend(
                    self.inspect(cx, orders).await?.into_iter().filter(|(_, found)| !found.is_empty()),
                );
            }
            suspects = guilty.iter().map(|(order, _)| *order).collect();
            let within = if guilty.iter().all(|(_, found)| found.iter().all(is_pending)) {
                PENDING_WITHIN
            } else {
                Patience::SETTLES_WITHIN
            };
            if suspects.is_empty() || !patience.look_again(within).await {
                return Ok(guilty.into_iter().flat_map(|(_, found)| found).collect());
            }
        }
    }

    async fn inspect(
        &self,
        cx: &CallCtx,
        page: Vec<Order>,
    ) -> Result<Vec<(OrderId, Vec<Violation>)>, StoreError> {
        let orders: Vec<OrderId> = page.iter().map(|order| order.id).collect();
        let texts: Vec<String> = orders.iter().map(ToString::to_string).collect();
        let read = move |db: &mut Db<'_>| {
            Ok::<_, StoreError>((events::count(db, "order.created", &texts)?, kept_since(db)?))
        };
        let (created, kept_since) = self.foundation.store.read(cx, read).await?;
        let (holds, payments) = join(self.holds(cx, &orders), self.payments(cx, &orders)).await;
        let (holds, payments) = (holds?, payments?);
        Ok(page
            .into_iter()
            .map(|order| {
                let created = created.get(&order.id.to_string()).copied().unwrap_or(0);
                let mut found = inspect(&order, holds.get(&order.id), created, kept_since);
                found.extend(inspect_payment(&order, payments.get(&order.id)));
                (order.id, found)
            })
            .collect())
    }
}

impl OrderModule {
    async fn holds(
        &self,
        cx: &CallCtx,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, HoldView>, StoreError> {
        let found = self.inventory.find_holds(cx, FindHolds { orders: orders.to_vec() }).await;
        let found = found.map_err(|error| StoreError::Unavailable(format!("inventory: {error}")))?;
        Ok(found.holds.into_iter().map(|hold| (hold.order_id, hold)).collect())
    }

    async fn payments(
        &self,
        cx: &CallCtx,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Payment>, StoreError> {
        let found = self.payments.find(cx, FindPayments { ids: Vec::new(), orders: orders.to_vec() }).await;
        let found = found.map_err(|error| StoreError::Unavailable(format!("payment: {error}")))?;
        Ok(found.payments.into_iter().map(|payment| (payment.order_id, payment)).collect())
    }
}

fn duplicate_keys(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    let mut by_record: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for (record, order) in orders::sharing_a_record(db)? {
        by_record.entry(record).or_default().push(order.to_string());
    }
    let duplicate = |(record, orders): (Uuid, Vec<String>)| Violation {
        invariant: 6,
        subject: format!("idempotency record {record}"),
        detail: format!("made several orders: {}", orders.join(", ")),
    };
    Ok(by_record.into_iter().map(duplicate).collect())
}
