//! Orders on their way, one row each, under a lease: pending ones, and those of which inventory has yet to be told.

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use kernel::Timestamp;
use order_api::OrderId;
use platform::idempotency::Record;
use platform::store::{Db, Document, Json, Key, Moment, StoreError, Time, Uid, corrupt, one_of};
use platform::{insert_all, on, on_locked};
use serde::{Deserialize, Serialize};

use crate::order::Order;
use crate::schema::order_saga;

/// What inventory still has to be told about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StockTodo {
    Confirm,
    Release,
}

impl StockTodo {
    fn step(self) -> &'static str {
        match self {
            StockTodo::Confirm => "confirm",
            StockTodo::Release => "release",
        }
    }
}

/// The step of a pending order.
const RESERVE: &str = "reserve";

/// The request behind an order: what its outcome is stored under.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub record: Record,
    pub request_id: String,
}

/// A pending order, and who waits for its outcome.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub order: Order,
    pub origin: Origin,
}

/// An order that somebody has to go on with.
#[derive(Clone, Debug)]
pub(crate) enum Unfinished {
    Pending(Box<Pending>),
    Stock(OrderId, StockTodo),
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_saga, treat_none_as_default_value = false)]
struct SagaRow {
    order_id: Key,
    customer_id: Key,
    step: String,
    lease_until: Time,
    pending: Option<Json>,
}

impl SagaRow {
    fn read(self) -> Result<Unfinished, StoreError> {
        match (self.step.as_str(), self.pending) {
            (RESERVE, Some(pending)) => read(self.order_id, &pending).map(Box::new).map(Unfinished::Pending),
            ("confirm", _) => Ok(Unfinished::Stock(self.order_id.id(), StockTodo::Confirm)),
            ("release", _) => Ok(Unfinished::Stock(self.order_id.id(), StockTodo::Release)),
            (step, _) => Err(corrupt("order_saga", "step", self.order_id.0, step)),
        }
    }
}

fn read(order: Key, Json(pending): &Json) -> Result<Pending, StoreError> {
    serde_json::from_str(pending).map_err(|error| corrupt("order_saga", "pending", order.0, error))
}

/// Writes pending orders down, leased to whoever asked.
pub(crate) fn start(db: &mut Db<'_>, begun: &[&Pending], lease_until: Timestamp) -> Result<(), StoreError> {
    let row = |pending: &&Pending| {
        Ok(SagaRow {
            order_id: pending.order.id.into(),
            customer_id: pending.order.customer_id.into(),
            step: RESERVE.to_owned(),
            lease_until: lease_until.into(),
            pending: Some(Json::of(pending)?),
        })
    };
    let rows: Vec<SagaRow> = begun.iter().map(row).collect::<Result<_, StoreError>>()?;
    Ok(insert_all!(db, order_saga, &rows, {
        order_id: Uid, customer_id: Uid, step: Text, lease_until: Moment, pending: Nullable<Document>
    })?)
}

/// Which of these orders are still pending; they are locked, in the order of their ids.
pub(crate) fn lock_pending(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Key>, StoreError> {
    Ok(on_locked!(
        db,
        order_saga::table
            .filter(one_of(order_saga::order_id, ids))
            .filter(order_saga::step.eq(RESERVE))
            .order(order_saga::order_id)
            .select(order_saga::order_id),
        |pending, conn| pending.load(conn)
    )?)
}

/// The outcome of these orders is known, and this is what is left to do. They are locked.
pub(crate) fn decided(db: &mut Db<'_>, ids: &[Key], todo: StockTodo) -> Result<(), StoreError> {
    if ids.is_empty() {
        return Ok(());
    }
    on!(db, |conn| diesel::update(order_saga::table.filter(one_of(order_saga::order_id, ids)))
        .set((order_saga::step.eq(todo.step()), order_saga::pending.eq(None::<Json>)))
        .execute(conn))?;
    Ok(())
}

/// Something is left to do for an order whose outcome is known: it takes the place of what was to be done before.
pub(crate) fn leave(
    db: &mut Db<'_>,
    order: &Order,
    todo: StockTodo,
    lease_until: Timestamp,
) -> Result<(), StoreError> {
    let row = SagaRow {
        order_id: order.id.into(),
        customer_id: order.customer_id.into(),
        step: todo.step().to_owned(),
        lease_until: lease_until.into(),
        pending: None,
    };
    on!(db, |conn| diesel::insert_into(order_saga::table)
        .values(&row)
        .on_conflict(order_saga::order_id)
        .do_update()
        .set((order_saga::step.eq(todo.step()), order_saga::lease_until.eq(row.lease_until)))
        .execute(conn))?;
    Ok(())
}

/// Notes that inventory has been told, and nothing is left to do.
pub(crate) fn done(db: &mut Db<'_>, ids: &[Key], todo: StockTodo) -> Result<(), StoreError> {
    on!(db, |conn| diesel::delete(
        order_saga::table.filter(one_of(order_saga::order_id, ids)).filter(order_saga::step.eq(todo.step()))
    )
    .execute(conn))?;
    Ok(())
}

/// Takes unfinished orders whose lease has run out, and leases them until `lease_until`. Rivals get others.
pub(crate) fn claim_unfinished(
    db: &mut Db<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Unfinished>, StoreError> {
    let expired = order_saga::table
        .filter(order_saga::lease_until.lt(Time(now)))
        .order(order_saga::lease_until)
        .limit(limit);
    let rows: Vec<SagaRow> = match db {
        Db::Postgres(conn) => expired.select(SagaRow::as_select()).for_update().skip_locked().load(*conn)?,
        Db::Sqlite(conn) => expired.select(SagaRow::as_select()).load(*conn)?,
    };
    let ids: Vec<Key> = rows.iter().map(|row| row.order_id).collect();
    on!(db, |conn| diesel::update(order_saga::table.filter(one_of(order_saga::order_id, &ids)))
        .set(order_saga::lease_until.eq(Time(lease_until)))
        .execute(conn))?;
    rows.into_iter().map(SagaRow::read).collect()
}

/// Those of these orders that are pending.
pub(super) fn find_pending(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<(Key, Option<Json>)> = on!(db, |conn| order_saga::table
        .filter(one_of(order_saga::order_id, ids))
        .select((order_saga::order_id, order_saga::pending))
        .load(conn))?;
    pending_orders(&rows)
}

/// Pending orders, newest first, older than `after`.
pub(crate) fn list_pending(
    db: &mut Db<'_>,
    customer: Option<Key>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<(Key, Option<Json>)> = on!(db, |conn| {
        let mut query = order_saga::table
            .filter(order_saga::step.eq(RESERVE))
            .select((order_saga::order_id, order_saga::pending))
            .order(order_saga::order_id.desc())
            .limit(limit)
            .into_boxed();
        if let Some(customer) = customer {
            query = query.filter(order_saga::customer_id.eq(customer));
        }
        if let Some(after) = after {
            query = query.filter(order_saga::order_id.lt(after));
        }
        query.load(conn)
    })?;
    pending_orders(&rows)
}

fn pending_orders(rows: &[(Key, Option<Json>)]) -> Result<Vec<Order>, StoreError> {
    let pending = rows.iter().filter_map(|(id, pending)| Some((id, pending.as_ref()?)));
    pending.map(|(id, pending)| Ok(read(*id, pending)?.order)).collect()
}
