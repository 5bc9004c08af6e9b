//! Pending orders, one row each, under a lease.

use diesel::prelude::*;
use kernel::Timestamp;
use platform::idempotency::Record;
use platform::store::{Db, Document, Json, Key, Moment, StoreError, Time, Uid, corrupt, one_of};
use platform::{insert_all, on, on_locked};
use serde::{Deserialize, Serialize};

use crate::order::Order;
use crate::schema::order_saga;

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

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_saga)]
struct SagaRow {
    order_id: Key,
    customer_id: Key,
    lease_until: Time,
    pending: Json,
}

impl SagaRow {
    fn read(&self) -> Result<Pending, StoreError> {
        serde_json::from_str(&self.pending.0)
            .map_err(|error| corrupt("order_saga", "pending", self.order_id.0, error))
    }
}

/// Writes pending orders down, leased to whoever asked.
pub(crate) fn start(db: &mut Db<'_>, begun: &[&Pending], lease_until: Timestamp) -> Result<(), StoreError> {
    let row = |pending: &&Pending| {
        Ok(SagaRow {
            order_id: pending.order.id.into(),
            customer_id: pending.order.customer_id.into(),
            lease_until: lease_until.into(),
            pending: Json::of(pending)?,
        })
    };
    let rows: Vec<SagaRow> = begun.iter().map(row).collect::<Result<_, StoreError>>()?;
    Ok(insert_all!(db, order_saga, &rows, {
        order_id: Uid, customer_id: Uid, lease_until: Moment, pending: Document
    })?)
}

/// Which of these orders are still pending; they are locked, in the order of their ids.
pub(crate) fn lock_pending(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Key>, StoreError> {
    Ok(on_locked!(
        db,
        order_saga::table
            .filter(one_of(order_saga::order_id, ids))
            .order(order_saga::order_id)
            .select(order_saga::order_id),
        |pending, conn| pending.load(conn)
    )?)
}

/// The outcome of these orders is known. They are locked.
pub(crate) fn end(db: &mut Db<'_>, ids: &[Key]) -> Result<(), StoreError> {
    on!(db, |conn| diesel::delete(order_saga::table.filter(one_of(order_saga::order_id, ids)))
        .execute(conn))?;
    Ok(())
}

/// Takes pending orders whose lease has run out, and leases them until `lease_until`. Rivals get others.
pub(crate) fn claim(
    db: &mut Db<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Pending>, StoreError> {
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
    rows.iter().map(SagaRow::read).collect()
}

/// Those of these orders that are pending.
pub(super) fn find_pending(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<SagaRow> = on!(db, |conn| order_saga::table
        .filter(one_of(order_saga::order_id, ids))
        .select(SagaRow::as_select())
        .load(conn))?;
    rows.iter().map(|row| Ok(row.read()?.order)).collect()
}

/// Pending orders, newest first, older than `after`.
pub(crate) fn list_pending(
    db: &mut Db<'_>,
    customer: Option<Key>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<SagaRow> = on!(db, |conn| {
        let mut query = order_saga::table
            .select(SagaRow::as_select())
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
    rows.iter().map(|row| Ok(row.read()?.order)).collect()
}
