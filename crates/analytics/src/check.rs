//! Invariant 8: the sums are those of the facts, at any moment, and the facts are those of the orders and payments once
//! all events are heard.

use std::collections::HashMap;

use analytics_api::Day;
use kernel::{CallCtx, Money};
use order_api::{Order, OrderId, WalkOrders};
use payment_api::FindPayments;
use platform::Violation;
use platform::patience::Patience;
use platform::store::{Db, Key, StoreError};
use uuid::Uuid;

use crate::fact::{Fact, Line, Sale};
use crate::module::AnalyticsModule;
use crate::store::generation::{self, Generation};
use crate::store::{sales, sums};
use crate::stretch::{Span, Stretch};
use crate::sums::{Sign, Sums};

/// Orders that are compared at once.
const PAGE: u32 = 500;
/// Facts that are added up at once.
const FACTS: usize = 1_000;
const LAST: Key = Key(Uuid::max());

impl AnalyticsModule {
    pub(crate) async fn check_all(&self, cx: &CallCtx) -> Result<Vec<Violation>, StoreError> {
        let mut found = self.foundation.store.read(cx, check_sums).await?;
        let (patience, mut after) = (Patience::begin(), None);
        loop {
            let page = self.compare(cx, after).await?;
            if !page.wrong.is_empty() && patience.look_again(Patience::SETTLES_WITHIN).await {
                continue;
            }
            // What is not heard yet need not be counted.
            if page.heard_all {
                found.extend(page.wrong);
            }
            match page.last {
                Some(last) => after = Some(last),
                None => return Ok(found),
            }
        }
    }

    /// Compares the orders after one of them with the facts of the same stretch of ids, so that neither has what the other
    /// lacks.
    async fn compare(&self, cx: &CallCtx, after: Option<OrderId>) -> Result<Page, StoreError> {
        let orders = self.orders.walk(cx, WalkOrders { after, limit: PAGE }).await;
        let orders = orders.map_err(|error| StoreError::Unavailable(format!("order: {error}")))?.orders;
        let ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
        let refunded = self.refunded(cx, &ids).await?;
        // Asked after the owners were: what they said has been heard if nothing is ahead now.
        let heard_all = self.lag_now(cx).await? == Some(0);
        let last = ids.last().copied();
        let facts = self.facts(cx, after.map(Key::from), last.map(Key::from), &ids).await?;
        Ok(Page { wrong: differences(&orders, &refunded, facts), heard_all, last })
    }

    async fn refunded(
        &self,
        cx: &CallCtx,
        orders: &[OrderId],
    ) -> Result<HashMap<OrderId, Money>, StoreError> {
        let find = FindPayments { ids: Vec::new(), orders: orders.to_vec() };
        let found = self.payments.find(cx, find).await;
        let found = found.map_err(|error| StoreError::Unavailable(format!("payment: {error}")))?;
        Ok(found.payments.into_iter().map(|payment| (payment.order_id, payment.refunded)).collect())
    }

    /// Those of these orders, and all others between the two ids.
    async fn facts(
        &self,
        cx: &CallCtx,
        after: Option<Key>,
        to: Option<Key>,
        orders: &[OrderId],
    ) -> Result<HashMap<Key, Fact>, StoreError> {
        let mut keys: Vec<Key> = orders.iter().copied().map(Key::from).collect();
        let (after, to) = (after.unwrap_or(Key(Uuid::nil())), to.unwrap_or(LAST));
        let read = move |db: &mut Db<'_>| {
            let serving = generation::serving(db)?;
            keys.extend(sales::walk(db, serving, after, to, i64::from(PAGE) * 2)?);
            keys.sort_unstable();
            keys.dedup();
            sales::load(db, serving, &keys)
        };
        self.foundation.store.read(cx, read).await
    }
}

/// What a comparison found.
struct Page {
    wrong: Vec<Violation>,
    heard_all: bool,
    last: Option<OrderId>,
}

fn violation(subject: String, detail: String) -> Violation {
    Violation { invariant: 8, subject, detail }
}

/// Where facts are not as their owners say. Pure.
fn differences(
    orders: &[Order],
    refunded: &HashMap<OrderId, Money>,
    mut facts: HashMap<Key, Fact>,
) -> Vec<Violation> {
    let mut wrong = Vec::new();
    for order in orders {
        let fact = facts.remove(&Key::from(order.id)).unwrap_or_default();
        let detail = difference(order, refunded.get(&order.id).map_or(0, Money::minor), &fact);
        wrong.extend(detail.map(|detail| violation(order.id.to_string(), detail)));
    }
    // What was given back may be known of orders that are not.
    let strangers = facts.into_iter().filter(|(_, fact)| fact.sale.is_some());
    wrong.extend(strangers.map(|(order, _)| {
        violation(
            order.id::<order_api::OrderKind>().to_string(),
            "is in the reports and nowhere else".to_owned(),
        )
    }));
    wrong
}

fn difference(order: &Order, refunded: i64, fact: &Fact) -> Option<String> {
    let Ok(expected) = Sale::of(order) else { return Some("cannot be counted".to_owned()) };
    match (&expected, &fact.sale) {
        (None, None) => return None,
        (Some(_), None) => return Some("is not in the reports".to_owned()),
        (None, Some(_)) => return Some("was never placed, and is in the reports".to_owned()),
        (Some(expected), Some(sale)) if !same(expected, sale) => {
            return Some("is otherwise in the reports".to_owned());
        }
        (Some(_), Some(_)) => {}
    }
    let counted = fact.refund.map_or(0, |refund| refund.amount);
    (counted != refunded).then(|| format!("gave back {refunded}, and {counted} in the reports"))
}

/// Apart from what the order does not say: the categories and the group.
fn same(expected: &Sale, sale: &Sale) -> bool {
    let plain = |sale: &Sale| Sale {
        group: None,
        version: 0,
        lines: sale.lines.iter().map(|line| Line { category: None, ..line.clone() }).collect(),
        ..sale.clone()
    };
    plain(expected) == plain(sale)
}

/// All sums of the generation that is read, month by month, against the facts of the month.
pub(crate) fn check_sums(db: &mut Db<'_>) -> Result<Vec<Violation>, StoreError> {
    let serving = generation::serving(db)?;
    let ends = [sales::extent(db, serving)?, sums::extent(db, serving)?];
    let (Some(first), Some(last)) =
        (ends.iter().flatten().map(|days| days.from).min(), ends.iter().flatten().map(|days| days.to).max())
    else {
        return Ok(Vec::new());
    };
    let months = std::iter::successors(Some(first.month()), |month| month.next_month());
    let mut wrong = Vec::new();
    for month in months.take_while(|month| *month <= last) {
        wrong.extend(check_month(db, serving, month)?);
    }
    Ok(wrong)
}

fn check_month(db: &mut Db<'_>, of: Generation, month: Day) -> Result<Vec<Violation>, StoreError> {
    let last = month.next_month().and_then(Day::before).unwrap_or(month);
    let dates = Stretch { from: month, to: last };
    let days = count(db, of, dates)?;
    let mut whole = Sums::default();
    whole.add_all(&days, Day::month)?;
    let mut wrong = compare_sums(db, of, Span::Day, dates, &days)?;
    wrong.extend(compare_sums(db, of, Span::Month, Stretch { from: month, to: month }, &whole)?);
    Ok(wrong)
}

/// The sums of days, as the facts make them.
fn count(db: &mut Db<'_>, of: Generation, days: Stretch) -> Result<Sums, StoreError> {
    let mut counted = Sums::default();
    for page in sales::within(db, of, days)?.chunks(FACTS) {
        for fact in sales::load(db, of, page)?.values() {
            let counts = fact.count(&mut counted, Sign::Plus);
            counts.map_err(|error| StoreError::Query(error.to_string()))?;
        }
    }
    Ok(counted)
}

fn compare_sums(
    db: &mut Db<'_>,
    of: Generation,
    span: Span,
    starts: Stretch,
    counted: &Sums,
) -> Result<Vec<Violation>, StoreError> {
    let mut stored = sums::within(db, of, span, starts)?;
    let mut wrong = Vec::new();
    for (name, figures) in sums::expected(span, counted) {
        match stored.remove(&name) {
            Some(kept) if kept == figures => {}
            kept => wrong.push(violation(name, format!("is {kept:?}, and its orders make {figures:?}"))),
        }
    }
    wrong.extend(
        stored.into_keys().map(|name| violation(name, "is kept, and no order counts for it".to_owned())),
    );
    Ok(wrong)
}
