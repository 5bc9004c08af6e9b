//! Orders whose outcome is known, with their lines.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use order_api::{OrderId, OrderStatus};
use platform::store::{Db, Document, Key, Moment, Prepared, StoreError, Time, Uid, one_of};
use platform::{insert_all, on, on_locked};
use uuid::Uuid;

use super::rows::{LineRow, OrderRow, status_name};
use super::{Filter, reviews, shipments};
use crate::order::Order;
use crate::schema::{order_lines, orders};

/// Writes orders whose outcome has just become known, each with the record of its request's key.
pub(crate) fn insert(db: &mut Db<'_>, decided: &[(&Order, Uuid)]) -> Result<(), StoreError> {
    let rows: Vec<OrderRow> =
        decided.iter().map(|(order, record)| OrderRow::of(order, *record)).collect::<Result<_, _>>()?;
    let lines: Vec<LineRow> = decided.iter().flat_map(|(order, _)| LineRow::of(order)).collect();
    insert_all!(db, orders, &rows, {
        id: Uid, number: Nullable<BigInt>, status: Text, customer_id: Uid, currency: Text, shipping: BigInt,
        tax: BigInt, total: BigInt, shipping_address: Document, payment_method: Text, payment_status: Text,
        reason: Nullable<Text>, created_at: Moment, placed_at: Nullable<Moment>, cancelled_at: Nullable<Moment>, version: BigInt,
        record_id: Uid
    })?;
    Ok(insert_all!(db, order_lines, &lines, {
        order_id: Uid, position: Integer, sku: Text, title: Text, quantity: BigInt, unit_price: BigInt, total: BigInt
    })?)
}

/// Joins rows with their lines, shipments and reviews, keeping the rows' order.
fn with_lines(db: &mut Db<'_>, rows: Vec<OrderRow>) -> Result<Vec<Order>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Key> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<LineRow> = on!(db, |conn| order_lines::table
        .filter(one_of(order_lines::order_id, &ids))
        .order((order_lines::order_id, order_lines::position))
        .select(LineRow::as_select())
        .load(conn))?;
    let mut by_order: HashMap<Key, Vec<LineRow>> = HashMap::with_capacity(rows.len());
    for line in lines {
        by_order.entry(line.order_id).or_default().push(line);
    }
    let mut orders: Vec<Order> = rows
        .into_iter()
        .map(|row| {
            let lines = by_order.remove(&row.id).unwrap_or_default();
            row.read(lines)
        })
        .collect::<Result<_, _>>()?;
    shipments::join(db, &mut orders)?;
    reviews::join(db, &mut orders)?;
    Ok(orders)
}

/// Those of these orders whose outcome is known.
pub(super) fn find(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Order>, StoreError> {
    let rows = on!(db, |conn| orders::table
        .filter(one_of(orders::id, ids))
        .select(OrderRow::as_select())
        .load(conn))?;
    with_lines(db, rows)
}

pub(super) fn find_by_number(db: &mut Db<'_>, number: i64) -> Result<Option<Order>, StoreError> {
    let rows = on!(db, |conn| orders::table
        .filter(orders::number.eq(number))
        .select(OrderRow::as_select())
        .load(conn))?;
    Ok(with_lines(db, rows)?.pop())
}

pub(super) fn lock(db: &mut Db<'_>, id: OrderId) -> Result<Option<Order>, StoreError> {
    let row: Option<OrderRow> =
        on_locked!(db, orders::table.find(Key::from(id)).select(OrderRow::as_select()), |order, conn| order
            .first(conn)
            .optional())?;
    Ok(with_lines(db, row.into_iter().collect())?.pop())
}

/// Those of these orders that stand so, locked in the order of their ids.
pub(super) fn lock_standing(
    db: &mut Db<'_>,
    ids: &[Key],
    status: OrderStatus,
) -> Result<Vec<Order>, StoreError> {
    let rows: Vec<OrderRow> = on_locked!(
        db,
        orders::table
            .filter(one_of(orders::id, ids))
            .filter(orders::status.eq(status_name(status)))
            .order(orders::id)
            .select(OrderRow::as_select()),
        |orders, conn| orders.load(conn)
    )?;
    with_lines(db, rows)
}

/// Takes `count` numbers and returns the first.
pub(crate) fn take_numbers(db: &mut Db<'_>, count: i64) -> Result<i64, StoreError> {
    enum TakeNumbers {}
    let take = Prepared::<TakeNumbers, _>::new(
        "UPDATE order_number SET last = last + ",
        count.into_sql::<BigInt>(),
        " RETURNING last",
    );
    let last: i64 = on!(db, |conn| take.returning::<BigInt>().get_result(conn))?;
    Ok(last.saturating_sub(count).saturating_add(1))
}

/// Writes a change of an order that is locked.
pub(crate) fn save(db: &mut Db<'_>, order: &Order) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(orders::table.find(Key::from(order.id)))
        .set((
            orders::status.eq(status_name(order.kind())),
            orders::number.eq(order.placement().map(|placed| placed.number)),
            orders::placed_at.eq(order.placement().map(|placed| Time(placed.at))),
            orders::cancelled_at.eq(order.cancelled_at().map(Time)),
            orders::reason.eq(order.reason()),
            orders::version.eq(order.version),
        ))
        .execute(conn))?;
    Ok(())
}

/// Newest first, older than `after`.
pub(super) fn list(
    db: &mut Db<'_>,
    filter: Filter,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows = on!(db, |conn| {
        let mut query =
            orders::table.select(OrderRow::as_select()).order(orders::id.desc()).limit(limit).into_boxed();
        if let Some(customer) = filter.customer_id {
            query = query.filter(orders::customer_id.eq(customer));
        }
        if let Some(status) = filter.status {
            query = query.filter(orders::status.eq(status_name(status)));
        }
        if let Some(after) = after {
            query = query.filter(orders::id.lt(after));
        }
        query.load(conn)
    })?;
    with_lines(db, rows)
}

/// Oldest first, after `after`: for walking over all of them.
pub(crate) fn walk(db: &mut Db<'_>, after: Option<Key>, limit: i64) -> Result<Vec<Order>, StoreError> {
    let after = after.unwrap_or(Key(Default::default()));
    let rows = on!(db, |conn| orders::table
        .filter(orders::id.gt(after))
        .order(orders::id)
        .limit(limit)
        .select(OrderRow::as_select())
        .load(conn))?;
    with_lines(db, rows)
}

/// Orders that share an idempotency record with another one, by record.
pub(crate) fn sharing_a_record(db: &mut Db<'_>) -> Result<Vec<(Uuid, OrderId)>, StoreError> {
    db.plan_for_whole_tables()?;
    let shared: Vec<Key> = on!(db, |conn| orders::table
        .group_by(orders::record_id)
        .having(diesel::dsl::count_star().gt(1))
        .select(orders::record_id)
        .load(conn))?;
    let rows: Vec<(Key, Key)> = on!(db, |conn| orders::table
        .filter(one_of(orders::record_id, &shared))
        .order((orders::record_id, orders::id))
        .select((orders::record_id, orders::id))
        .load(conn))?;
    Ok(rows.into_iter().map(|(record, order)| (record.0, order.id())).collect())
}
