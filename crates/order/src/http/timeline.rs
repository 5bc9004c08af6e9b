use actix_web::get;
use customer_api::CustomerId;
use kernel::permission::OrdersRead;
use kernel::{Page, Timestamp};
use order_api::{OrderEvent, OrderId, Shipment};
use platform::events::browse::{self, Filter};
use platform::events::feed::Logged;
use platform::http::{Own, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path};
use platform::store::{Db, StoreError, corrupt};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Orders;
use crate::error::Error;
use crate::order::Order;
use crate::store;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TimelineParams {
    /// Entries on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What became of an order at some time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    at: Timestamp,
    kind: TimelineKind,
    /// Of the order, after that.
    version: i64,
    /// Who did it; not known of the first entry, and not told to customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<String>,
    /// Why it was rejected or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What left.
    #[serde(skip_serializing_if = "Option::is_none")]
    shipment: Option<Shipment>,
    /// In the module's log; 0 before the first event.
    #[serde(skip)]
    place: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TimelineKind {
    Received,
    NeedsReview,
    Placed,
    Shipped,
    Completed,
    Rejected,
    Cancelled,
}

impl TimelineEntry {
    fn received(order: &Order) -> TimelineEntry {
        TimelineEntry {
            at: order.created_at,
            kind: TimelineKind::Received,
            version: 1,
            actor: None,
            reason: None,
            shipment: None,
            place: 0,
        }
    }

    fn of(Logged { seq, event, .. }: &Logged) -> Result<TimelineEntry, StoreError> {
        let told: OrderEvent = event.read().map_err(|error| corrupt("event_log", "data", seq, error))?;
        let reason = told.order().reason.clone();
        let (kind, shipment) = match told {
            OrderEvent::NeedsReview { .. } => (TimelineKind::NeedsReview, None),
            OrderEvent::Created { .. } => (TimelineKind::Placed, None),
            OrderEvent::Rejected { .. } => (TimelineKind::Rejected, None),
            OrderEvent::Cancelled { .. } => (TimelineKind::Cancelled, None),
            OrderEvent::Shipped { shipment, .. } => (TimelineKind::Shipped, Some(shipment)),
            OrderEvent::Completed { .. } => (TimelineKind::Completed, None),
        };
        let (at, version, actor) = (event.occurred_at, event.aggregate_version, Some(event.actor.clone()));
        Ok(TimelineEntry { at, kind, version, actor, reason, shipment, place: *seq })
    }
}

/// The timeline of an order
///
/// What became of it, oldest first, as the order module's own log tells it. Entries whose events were trimmed
/// (`events.trim`) are absent, but for the first.
#[utoipa::path(tag = "order", operation_id = "get_order_timeline", security(("bearer" = ["orders:read"])),
    params(("id" = OrderId, Path), TimelineParams),
    responses((status = 200, body = Page<TimelineEntry>), Problems))]
#[get("/v1/orders/{id}/timeline")]
pub(super) async fn get_timeline(
    caller: Own<OrdersRead>,
    id: PathSegment,
    params: Params<TimelineParams>,
    orders: Orders,
) -> Result<Reply, Problem> {
    let id: OrderId = parse_path(&id)?;
    let Params(TimelineParams { limit, cursor }) = params;
    let page = page_request::<i64>(limit, cursor.as_deref())?;
    let most = page.limit.plus_one();
    let whose = caller.only();
    let read = move |db: &mut Db<'_>| entries(db, id, whose, page.after, most);
    let found: Result<Vec<TimelineEntry>, Error> = orders.foundation.store.read(&caller.cx, read).await;
    Ok(Reply::ok(&Page::cut(found?, page.limit, |entry| entry.place.to_string()))?)
}

/// Of an order of `whose`, if that is said; then without the names of those who saw to it.
fn entries(
    db: &mut Db<'_>,
    id: OrderId,
    whose: Option<CustomerId>,
    after: Option<i64>,
    most: i64,
) -> Result<Vec<TimelineEntry>, Error> {
    let order = store::load(db, &[id.into()])?.pop();
    let theirs = order.filter(|order| whose.is_none_or(|own| own == order.customer_id));
    let order = theirs.ok_or(Error::NotFound)?;
    let filter = Filter { event_type: None, aggregate_id: Some(id.to_string()) };
    let mut entries: Vec<TimelineEntry> =
        after.is_none().then(|| TimelineEntry::received(&order)).into_iter().collect();
    for logged in browse::browse(db, &filter, after.unwrap_or(0), most)? {
        entries.push(TimelineEntry::of(&logged)?);
    }
    if whose.is_some() {
        entries.iter_mut().for_each(|entry| entry.actor = None);
    }
    entries.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(entries)
}
