//! Copies of how the orders' payments stand, as it was last heard. Under the orders' keys, which are the payments' too.

use std::collections::HashMap;

use diesel::prelude::*;
use kernel::Timestamp;
use payment_api::PaymentStatus;
use platform::copies::{At, Kept, Mending, Owned, PAGE, judge};
use platform::store::{Db, Key, StoreError, Time, Tx, corrupt, one_of};
use platform::{on, on_locked};

use crate::copies::PaymentFact;
use crate::order::Order;
use crate::payment::Heard;
use crate::schema::{order_payments, orders};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_payments, treat_none_as_default_value = false)]
struct CopyRow {
    order_id: Key,
    status: String,
    version: i64,
    as_of: Time,
    captured: Option<i64>,
}

/// How the payment of an order stood in one version of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Copy {
    pub order: Key,
    pub status: PaymentStatus,
    pub version: i64,
    pub as_of: Timestamp,
    /// How much was ever captured, in minor units.
    pub captured: i64,
}

impl Copy {
    /// What the owner has. It always has a status.
    pub(crate) fn of(owned: &Owned<Key, PaymentFact>) -> Option<Copy> {
        let PaymentFact { status, captured, as_of } = owned.fact;
        Some(Copy { order: owned.key, status: status?, version: owned.version, as_of, captured })
    }
}

/// Keeps what is news, and raises the version of each decided order that it changes.
pub(crate) fn keep(tx: &mut Tx<'_>, copies: &[Copy]) -> Result<(), StoreError> {
    let mut news = Vec::with_capacity(copies.len());
    for copy in copies {
        if keep_one(tx, copy)? {
            news.push(copy.order);
        }
    }
    raise_versions(tx, &news)
}

fn raise_versions(tx: &mut Tx<'_>, changed: &[Key]) -> Result<(), StoreError> {
    if !changed.is_empty() {
        on!(tx, |conn| diesel::update(orders::table.filter(one_of(orders::id, changed)))
            .set(orders::version.eq(orders::version + 1))
            .execute(conn))?;
    }
    Ok(())
}

/// A page of all copies, in the order of their keys.
pub(crate) fn page(db: &mut Db<'_>, after: Key) -> Result<Vec<Kept<Key, PaymentFact>>, StoreError> {
    let rows: Vec<CopyRow> = on!(db, |conn| order_payments::table
        .filter(order_payments::order_id.gt(after))
        .order(order_payments::order_id)
        .limit(PAGE.into())
        .select(CopyRow::as_select())
        .load(conn))?;
    let kept = |row: CopyRow| Kept {
        key: row.order_id,
        at: At::told(row.version),
        fact: PaymentFact {
            status: PaymentStatus::parse(&row.status),
            captured: row.captured.unwrap_or(0),
            as_of: row.as_of.0,
        },
    };
    Ok(rows.into_iter().map(kept).collect())
}

/// Makes copies anew, as far as nothing newer is there. Gives what is to be kept in the place of those that go.
pub(crate) fn clear<'a>(
    tx: &mut Tx<'_>,
    all: &'a [Mending<Key, PaymentFact>],
) -> Result<Vec<&'a Owned<Key, PaymentFact>>, StoreError> {
    let wanted: Vec<Key> = all.iter().map(|one| one.key).collect();
    let rows: Vec<(Key, i64)> = on_locked!(
        tx,
        order_payments::table
            .filter(one_of(order_payments::order_id, &wanted))
            .order(order_payments::order_id)
            .select((order_payments::order_id, order_payments::version)),
        |rows, conn| rows.load(conn)
    )?;
    let now: HashMap<Key, At> = rows.into_iter().map(|(key, version)| (key, At::told(version))).collect();
    let verdicts = judge(all, &now);
    let changed = verdicts.changed();
    let gone = order_payments::table.filter(one_of(order_payments::order_id, &changed));
    on!(tx, |conn| diesel::delete(gone).execute(conn))?;
    raise_versions(tx, &verdicts.removed)?;
    Ok(verdicts.replaced.into_iter().map(|(owned, _)| owned).collect())
}

fn keep_one(tx: &mut Tx<'_>, copy: &Copy) -> Result<bool, StoreError> {
    let row = CopyRow {
        order_id: copy.order,
        status: copy.status.name().to_owned(),
        version: copy.version,
        as_of: copy.as_of.into(),
        captured: Some(copy.captured).filter(|captured| *captured > 0),
    };
    let newer = (
        order_payments::status.eq(&row.status),
        order_payments::version.eq(row.version),
        order_payments::as_of.eq(row.as_of),
        order_payments::captured.eq(row.captured),
    );
    let kept = on!(tx, |conn| {
        let upsert = diesel::insert_into(order_payments::table)
            .values(&row)
            .on_conflict(order_payments::order_id)
            .do_update()
            .set(newer);
        diesel::query_dsl::methods::FilterDsl::filter(upsert, order_payments::version.lt(row.version))
            .execute(conn)
    })?;
    Ok(kept == 1)
}

/// Tells orders what was heard of their payments.
pub(super) fn tell(db: &mut Db<'_>, orders: &mut [Order]) -> Result<(), StoreError> {
    if orders.is_empty() {
        return Ok(());
    }
    let ids: Vec<Key> = orders.iter().map(|order| order.id.into()).collect();
    let rows: Vec<CopyRow> = on!(db, |conn| order_payments::table
        .filter(one_of(order_payments::order_id, &ids))
        .select(CopyRow::as_select())
        .load(conn))?;
    let mut heard: HashMap<Key, CopyRow> = rows.into_iter().map(|row| (row.order_id, row)).collect();
    for order in orders {
        let Some(row) = heard.remove(&order.id.into()) else { continue };
        order.payment.status = PaymentStatus::parse(&row.status)
            .ok_or_else(|| corrupt("order_payments", "status", order.id, &row.status))?;
        order.payment.redirect_url = None;
        order.payment.heard =
            Some(Heard { version: row.version, as_of: row.as_of.0, captured: row.captured.unwrap_or(0) });
    }
    Ok(())
}
