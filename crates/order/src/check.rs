//! Invariants 3 to 6, as far as they are about orders, walked over all orders. What is still being settled gets 5 s before it is reported.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use futures_util::future::join;
use inventory_api::{FindHolds, HoldView, LineQuantity};
use kernel::{CallCtx, Timestamp};
use order_api::OrderId;
use payment_api::{FindPayments, PayMethod, Payment, PaymentStatus};
use platform::events::retention::kept_since;
use platform::store::{Db, Key, StoreError};
use platform::{Violation, events};
use uuid::Uuid;

use crate::module::OrderModule;
use crate::order::{Line, Order, Status};
use crate::store::{self, orders};

const PAGE: i64 = 500;
const SETTLES_WITHIN: Duration = Duration::from_secs(5);
/// A pending order is finished within 30 s of all parts being up.
const PENDING_WITHIN: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(250);

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
        let started = Instant::now();
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
            let patience = if guilty.iter().all(|(_, found)| found.iter().all(is_pending)) {
                PENDING_WITHIN
            } else {
                SETTLES_WITHIN
            };
            if suspects.is_empty() || started.elapsed() > patience {
                return Ok(guilty.into_iter().flat_map(|(_, found)| found).collect());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
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

const PENDING: &str = "is still pending";

fn is_pending(violation: &Violation) -> bool {
    violation.detail == PENDING
}

/// What is wrong with one order, whose event may be gone if it was placed before `kept_since`. Pure.
fn inspect(
    order: &Order,
    hold: Option<&HoldView>,
    created_events: i64,
    kept_since: Option<Timestamp>,
) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut report = |invariant, detail: String| {
        found.push(Violation { invariant, subject: order.id.to_string(), detail });
    };
    let held = hold.filter(|hold| hold.state.is_live()).map(|hold| hold.lines.as_slice());
    match (&order.status, held) {
        (Status::Pending, _) if order.payment.is_open() => {}
        (Status::Pending, _) => report(3, PENDING.to_owned()),
        (Status::Placed(_), None) => report(3, "is placed and holds nothing".to_owned()),
        (Status::Placed(_), Some(held)) if !same_lines(&order.lines, held) => {
            report(3, "holds other lines than it has".to_owned());
        }
        (Status::Rejected { .. } | Status::Cancelled { .. }, Some(_)) => {
            report(3, format!("is {:?} and still holds stock", order.kind()));
        }
        _ => {}
    }
    let placement = order.placement();
    let expected = i64::from(placement.is_some());
    let trimmed = created_events == 0 && placement.is_some_and(|placed| Some(placed.at) < kept_since);
    if created_events != expected && !trimmed {
        report(4, format!("has {created_events} order.created events, not {expected}"));
    }
    let sum = order.subtotal().checked_add(order.shipping).and_then(|sum| sum.checked_add(order.tax));
    if order.lines.is_empty() || sum != Ok(order.total) {
        report(4, "its total is not the sum of its lines, shipping and tax".to_owned());
    }
    found
}

/// What is wrong with the payment of an order. Pure.
fn inspect_payment(order: &Order, payment: Option<&Payment>) -> Option<Violation> {
    let detail = match (&order.status, payment) {
        _ if order.total.minor() == 0 => return None,
        (Status::Pending, _) => return None,
        (Status::Placed(_), None) => "is placed and has no payment".to_owned(),
        (Status::Placed(_), Some(payment)) if payment.authorised != order.total => {
            format!("costs {} and {} is authorised", order.total, payment.authorised)
        }
        (Status::Rejected { .. } | Status::Cancelled { .. }, Some(payment)) if holds_money(payment) => {
            format!("is {:?} and its payment is {}", order.kind(), payment.status.name())
        }
        _ => return None,
    };
    Some(Violation { invariant: 5, subject: order.id.to_string(), detail })
}

/// Whether there is money in a payment that nobody is about to let go. One whose outcome the provider has not told yet is
/// being asked for.
fn holds_money(payment: &Payment) -> bool {
    use PaymentStatus::{Pending, Unknown, Voiding};
    let asked = payment.method == PayMethod::Card && matches!(payment.status, Pending | Unknown);
    payment.status.is_live() && payment.status != Voiding && !asked
}

fn same_lines(lines: &[Line], held: &[LineQuantity]) -> bool {
    let wanted =
        |held: &LineQuantity| lines.iter().any(|line| line.sku == held.sku && line.quantity == held.quantity);
    lines.len() == held.len() && held.iter().all(wanted)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Placement;
    use inventory_api::HoldState;
    use kernel::{Currency, Id, Money, Sku};

    fn placed() -> Order {
        let (sku, total) = (Sku::parse("LAMP").unwrap(), Money::new(10, Currency::EUR));
        let unit_price = Money::new(5, Currency::EUR);
        let address = serde_json::json!({"name": "A", "line1": "1", "line2": null, "city": "B", "region": null,
            "postal_code": "1", "country": "DE", "phone": null});
        Order {
            id: Id::from_uuid(Default::default()),
            customer_id: Id::from_uuid(Default::default()),
            currency: Currency::EUR,
            lines: vec![Line { position: 0, sku, title: "Lamp".to_owned(), quantity: 2, unit_price, total }],
            shipping: Money::zero(Currency::EUR),
            tax: Money::zero(Currency::EUR),
            total,
            shipping_address: serde_json::from_value(address).unwrap(),
            payment: crate::payment::Payment::new(order_api::PaymentMethod::Invoice),
            status: Status::Placed(Placement { number: 1, at: Timestamp::from_micros(0) }),
            version: 2,
            created_at: Timestamp::from_micros(0),
        }
    }

    fn hold(state: HoldState, quantity: i64) -> HoldView {
        let lines = vec![LineQuantity { sku: Sku::parse("lamp").unwrap(), quantity }];
        HoldView { order_id: Id::from_uuid(Default::default()), state, lines }
    }

    #[test]
    fn each_broken_promise_is_named() {
        let order = placed();
        assert_eq!(inspect(&order, Some(&hold(HoldState::Confirmed, 2)), 1, None), Vec::new());
        let invariants = |order: &Order, hold: Option<&HoldView>, events| -> Vec<u8> {
            inspect(order, hold, events, None).iter().map(|violation| violation.invariant).collect()
        };
        assert_eq!(invariants(&order, None, 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Released, 2)), 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 1)), 1), [3]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 2)), 0), [4]);
        assert_eq!(invariants(&order, Some(&hold(HoldState::Held, 2)), 2), [4]);
        let wrong = Order { total: Money::new(11, Currency::EUR), ..order.clone() };
        assert_eq!(invariants(&wrong, Some(&hold(HoldState::Held, 2)), 1), [4]);
        let rejected = Order { status: Status::Rejected { reason: "x".to_owned() }, ..order };
        assert_eq!(invariants(&rejected, Some(&hold(HoldState::Held, 2)), 0), [3]);
        assert_eq!(invariants(&rejected, Some(&hold(HoldState::Refused, 2)), 0), Vec::<u8>::new());
    }

    #[test]
    fn an_event_that_was_trimmed_is_not_missed() {
        let (order, held) = (placed(), hold(HoldState::Confirmed, 2));
        let found = |events, kept_since| {
            inspect(&order, Some(&held), events, Some(Timestamp::from_micros(kept_since))).len()
        };
        assert_eq!((found(0, 1), found(1, 1)), (0, 0), "it may be gone, or still there");
        assert_eq!(
            (found(2, 1), found(0, 0)),
            (1, 1),
            "it was never there twice, and the later ones are kept"
        );
    }
}
