//! Orders whose outcome is known, with their lines.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text};
use kernel::{Currency, Money, Sku};
use order_api::{OrderId, OrderStatus, PaymentMethod};
use payment_api::PaymentStatus;
use platform::store::{Db, Document, Json, Key, Moment, Prepared, StoreError, Time, Uid, corrupt, one_of};
use platform::{insert_all, on, on_locked};
use uuid::Uuid;

use super::Filter;
use crate::order::{Line, Order, Placement, Status};
use crate::payment::Payment;
use crate::schema::{order_lines, orders};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
struct OrderRow {
    id: Key,
    number: Option<i64>,
    status: String,
    customer_id: Key,
    currency: String,
    shipping: i64,
    tax: i64,
    total: i64,
    shipping_address: Json,
    payment_method: String,
    payment_status: String,
    reason: Option<String>,
    created_at: Time,
    placed_at: Option<Time>,
    cancelled_at: Option<Time>,
    version: i64,
    record_id: Key,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines)]
struct LineRow {
    order_id: Key,
    position: i32,
    sku: String,
    title: String,
    quantity: i64,
    unit_price: i64,
    total: i64,
}

fn status_name(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "pending",
        OrderStatus::Placed => "placed",
        OrderStatus::Rejected => "rejected",
        OrderStatus::Cancelled => "cancelled",
    }
}

fn payment_name(method: PaymentMethod) -> &'static str {
    match method {
        PaymentMethod::Invoice => "invoice",
        PaymentMethod::Manual => "manual",
        PaymentMethod::Card => "card",
    }
}

impl OrderRow {
    fn of(order: &Order, record: Uuid) -> Result<OrderRow, StoreError> {
        let placed = order.placement();
        Ok(OrderRow {
            id: order.id.into(),
            number: placed.map(|placed| placed.number),
            status: status_name(order.kind()).to_owned(),
            customer_id: order.customer_id.into(),
            currency: order.currency.code().to_owned(),
            shipping: order.shipping.minor(),
            tax: order.tax.minor(),
            total: order.total.minor(),
            shipping_address: Json::of(&order.shipping_address)?,
            payment_method: payment_name(order.payment.method).to_owned(),
            payment_status: order.payment.status.name().to_owned(),
            reason: order.reason().map(str::to_owned),
            created_at: order.created_at.into(),
            placed_at: placed.map(|placed| placed.at.into()),
            cancelled_at: order.cancelled_at().map(Time::from),
            version: order.version,
            record_id: Key(record),
        })
    }

    fn read(self, lines: Vec<LineRow>) -> Result<Order, StoreError> {
        let id = self.id.id();
        let bad = |column, detail: String| corrupt("orders", column, id, detail);
        let currency = Currency::parse(&self.currency).map_err(|error| bad("currency", error.to_string()))?;
        let money = |minor| Money::new(minor, currency);
        let Json(address) = &self.shipping_address;
        Ok(Order {
            id,
            customer_id: self.customer_id.id(),
            currency,
            lines: lines.into_iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?,
            shipping: money(self.shipping),
            tax: money(self.tax),
            total: money(self.total),
            shipping_address: serde_json::from_str(address)
                .map_err(|error| bad("shipping_address", error.to_string()))?,
            payment: self.payment()?,
            status: self.status().ok_or_else(|| bad("status", self.status.clone()))?,
            version: self.version,
            created_at: self.created_at.0,
        })
    }

    fn payment(&self) -> Result<Payment, StoreError> {
        let bad = |column, detail: &str| corrupt("orders", column, self.id.0, detail);
        let method = match self.payment_method.as_str() {
            "invoice" => PaymentMethod::Invoice,
            "manual" => PaymentMethod::Manual,
            "card" => PaymentMethod::Card,
            other => return Err(bad("payment_method", other)),
        };
        let status = PaymentStatus::parse(&self.payment_status)
            .ok_or_else(|| bad("payment_status", &self.payment_status))?;
        Ok(Payment { status, ..Payment::new(method) })
    }

    /// `None` when the columns do not fit together.
    fn status(&self) -> Option<Status> {
        let placed = || Some(Placement { number: self.number?, at: self.placed_at?.0 });
        let reason = || self.reason.clone().unwrap_or_default();
        match self.status.as_str() {
            "placed" => placed().map(Status::Placed),
            "rejected" => Some(Status::Rejected { reason: reason() }),
            "cancelled" => {
                Some(Status::Cancelled { placed: placed()?, reason: reason(), at: self.cancelled_at?.0 })
            }
            _ => None,
        }
    }
}

impl LineRow {
    fn of(order: &Order) -> impl Iterator<Item = LineRow> + '_ {
        order.lines.iter().map(|line| LineRow {
            order_id: order.id.into(),
            position: line.position,
            sku: line.sku.as_str().to_owned(),
            title: line.title.clone(),
            quantity: line.quantity,
            unit_price: line.unit_price.minor(),
            total: line.total.minor(),
        })
    }

    fn read(self, currency: Currency) -> Result<Line, StoreError> {
        Ok(Line {
            position: self.position,
            sku: Sku::parse(&self.sku)
                .map_err(|error| corrupt("order_lines", "sku", self.order_id.0, error))?,
            title: self.title,
            quantity: self.quantity,
            unit_price: Money::new(self.unit_price, currency),
            total: Money::new(self.total, currency),
        })
    }
}

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

/// Joins rows with their lines, keeping the rows' order.
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
    rows.into_iter()
        .map(|row| {
            let lines = by_order.remove(&row.id).unwrap_or_default();
            row.read(lines)
        })
        .collect()
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
