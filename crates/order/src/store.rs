//! Rows and queries.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
use kernel::{Currency, Money, Sku, Timestamp};
use order_api::{OrderId, OrderStatus, PaymentMethod};
use platform::store::{Db, Document, Json, Key, Moment, Prepared, StoreError, Time, Uid, corrupt};
use platform::{insert_all, on, on_locked};

use crate::order::{Line, Order, Placement, Status};
use crate::schema::{order_lines, order_number, orders};

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub(crate) struct OrderRow {
    pub id: Key,
    pub number: Option<i64>,
    pub status: String,
    pub customer_id: Key,
    pub currency: String,
    pub shipping: i64,
    pub tax: i64,
    pub total: i64,
    pub shipping_address: Json,
    pub payment_method: String,
    pub reason: Option<String>,
    pub created_at: Time,
    pub placed_at: Option<Time>,
    pub cancelled_at: Option<Time>,
    pub version: i64,
    pub request_scope: Vec<u8>,
    pub request_id: String,
    pub stock_todo: Option<String>,
    pub lease_until: Time,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines)]
pub(crate) struct LineRow {
    pub order_id: Key,
    pub position: i32,
    pub sku: String,
    pub title: String,
    pub quantity: i64,
    pub unit_price: i64,
    pub total: i64,
}

/// What inventory still has to be told about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum StockTodo {
    Confirm,
    Release,
}

impl StockTodo {
    pub(crate) fn name(self) -> &'static str {
        match self {
            StockTodo::Confirm => "confirm",
            StockTodo::Release => "release",
        }
    }
}

/// The request behind an order: what its outcome is stored under.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub scope: Vec<u8>,
    pub request_id: String,
}

/// An order with what its saga needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub order: Order,
    pub origin: Origin,
    pub todo: Option<StockTodo>,
}

pub(crate) fn status_name(status: OrderStatus) -> &'static str {
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
    }
}

impl OrderRow {
    pub(crate) fn of(order: &Order, origin: &Origin, lease_until: Timestamp) -> Result<OrderRow, StoreError> {
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
            payment_method: payment_name(order.payment_method).to_owned(),
            reason: order.reason().map(str::to_owned),
            created_at: order.created_at.into(),
            placed_at: placed.map(|placed| placed.at.into()),
            cancelled_at: order.cancelled_at().map(Time::from),
            version: order.version,
            request_scope: origin.scope.clone(),
            request_id: origin.request_id.clone(),
            stock_todo: None,
            lease_until: lease_until.into(),
        })
    }

    fn read(self, lines: Vec<LineRow>) -> Result<Stored, StoreError> {
        let id = self.id.id();
        let bad = |column, detail: String| corrupt("orders", column, id, detail);
        let currency = Currency::parse(&self.currency).map_err(|error| bad("currency", error.to_string()))?;
        let money = |minor| Money::new(minor, currency);
        let Json(address) = &self.shipping_address;
        let order = Order {
            id,
            customer_id: self.customer_id.id(),
            currency,
            lines: lines.into_iter().map(|line| line.read(currency)).collect::<Result<_, _>>()?,
            shipping: money(self.shipping),
            tax: money(self.tax),
            total: money(self.total),
            shipping_address: serde_json::from_str(address)
                .map_err(|error| bad("shipping_address", error.to_string()))?,
            payment_method: match self.payment_method.as_str() {
                "invoice" => PaymentMethod::Invoice,
                "manual" => PaymentMethod::Manual,
                other => return Err(bad("payment_method", other.to_owned())),
            },
            status: self.status().ok_or_else(|| bad("status", self.status.clone()))?,
            version: self.version,
            created_at: self.created_at.0,
        };
        let todo = match self.stock_todo.as_deref() {
            None => None,
            Some("confirm") => Some(StockTodo::Confirm),
            Some("release") => Some(StockTodo::Release),
            Some(other) => return Err(bad("stock_todo", other.to_owned())),
        };
        Ok(Stored { order, origin: Origin { scope: self.request_scope, request_id: self.request_id }, todo })
    }

    /// `None` when the columns do not fit together.
    fn status(&self) -> Option<Status> {
        let placed = || Some(Placement { number: self.number?, at: self.placed_at?.0 });
        let reason = || self.reason.clone().unwrap_or_default();
        match self.status.as_str() {
            "pending" => Some(Status::Pending),
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
    pub(crate) fn of(order: &Order) -> impl Iterator<Item = LineRow> + '_ {
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

pub(crate) fn insert(db: &mut Db<'_>, rows: &[OrderRow], lines: &[LineRow]) -> Result<(), StoreError> {
    insert_all!(db, orders, rows, {
        id: Uid, number: Nullable<BigInt>, status: Text, customer_id: Uid, currency: Text, shipping: BigInt,
        tax: BigInt, total: BigInt, shipping_address: Document, payment_method: Text, reason: Nullable<Text>,
        created_at: Moment, placed_at: Nullable<Moment>, cancelled_at: Nullable<Moment>, version: BigInt,
        request_scope: Binary, request_id: Text, stock_todo: Nullable<Text>, lease_until: Moment
    })?;
    Ok(insert_all!(db, order_lines, lines, {
        order_id: Uid, position: Integer, sku: Text, title: Text, quantity: BigInt, unit_price: BigInt, total: BigInt
    })?)
}

/// Joins rows with their lines, keeping the rows' order.
fn with_lines(db: &mut Db<'_>, rows: Vec<OrderRow>) -> Result<Vec<Stored>, StoreError> {
    let ids: Vec<Key> = rows.iter().map(|row| row.id).collect();
    let lines: Vec<LineRow> = on!(db, |conn| order_lines::table
        .filter(order_lines::order_id.eq_any(&ids))
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

pub(crate) fn load(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Stored>, StoreError> {
    let rows = on!(db, |conn| orders::table
        .filter(orders::id.eq_any(ids))
        .select(OrderRow::as_select())
        .load(conn))?;
    with_lines(db, rows)
}

pub(crate) fn find_by_number(db: &mut Db<'_>, number: i64) -> Result<Option<Stored>, StoreError> {
    let rows = on!(db, |conn| orders::table
        .filter(orders::number.eq(number))
        .select(OrderRow::as_select())
        .load(conn))?;
    Ok(with_lines(db, rows)?.pop())
}

pub(crate) fn lock(db: &mut Db<'_>, id: OrderId) -> Result<Option<Stored>, StoreError> {
    let row: Option<OrderRow> =
        on_locked!(db, orders::table.find(Key::from(id)).select(OrderRow::as_select()), |order, conn| order
            .first(conn)
            .optional())?;
    Ok(with_lines(db, row.into_iter().collect())?.pop())
}

/// Which of these orders are still pending; they are locked, in the order of their ids.
pub(crate) fn lock_pending(db: &mut Db<'_>, ids: &[Key]) -> Result<Vec<Key>, StoreError> {
    let rows: Vec<(Key, String)> = on_locked!(
        db,
        orders::table.filter(orders::id.eq_any(ids)).order(orders::id).select((orders::id, orders::status)),
        |orders, conn| orders.load(conn)
    )?;
    let pending = status_name(OrderStatus::Pending);
    Ok(rows.into_iter().filter(|(_, status)| status == pending).map(|(id, _)| id).collect())
}

/// Takes `count` numbers and returns the first.
pub(crate) fn take_numbers(db: &mut Db<'_>, count: i64) -> Result<i64, StoreError> {
    let last: i64 = on!(db, |conn| diesel::update(order_number::table)
        .set(order_number::last.eq(order_number::last + count))
        .returning(order_number::last)
        .get_result(conn))?;
    Ok(last.saturating_sub(count).saturating_add(1))
}

/// Writes the outcome of orders that are locked.
pub(crate) fn save_all(db: &mut Db<'_>, orders: &[(&Order, StockTodo)]) -> Result<(), StoreError> {
    match db {
        Db::Postgres(conn) => save_all_postgres(conn, orders),
        Db::Sqlite(conn) => orders.iter().try_for_each(|(order, todo)| {
            let placed = order.placement();
            diesel::update(orders::table.find(Key::from(order.id)))
                .set((
                    orders::status.eq(status_name(order.kind())),
                    orders::number.eq(placed.map(|placed| placed.number)),
                    orders::placed_at.eq(placed.map(|placed| Time(placed.at))),
                    orders::cancelled_at.eq(order.cancelled_at().map(Time)),
                    orders::reason.eq(order.reason()),
                    orders::version.eq(order.version),
                    orders::stock_todo.eq(todo.name()),
                ))
                .execute(*conn)?;
            Ok(())
        }),
    }
}

const SAVE_ALL: &str = "\
    UPDATE orders o SET status = s.status, number = s.number, placed_at = s.placed_at, \
        cancelled_at = s.cancelled_at, reason = s.reason, version = s.version, stock_todo = s.stock_todo \
    FROM unnest(";
const BY_ID: &str = "\
    ) AS s (id, status, number, placed_at, cancelled_at, reason, version, stock_todo) \
    WHERE o.id = s.id";

fn save_all_postgres(
    conn: &mut diesel::PgConnection,
    orders: &[(&Order, StockTodo)],
) -> Result<(), StoreError> {
    let column =
        |of: fn(&Order) -> Option<Time>| orders.iter().map(|(order, _)| of(order)).collect::<Vec<_>>();
    let ids: Vec<Key> = orders.iter().map(|(order, _)| order.id.into()).collect();
    let statuses: Vec<&str> = orders.iter().map(|(order, _)| status_name(order.kind())).collect();
    let numbers: Vec<Option<i64>> =
        orders.iter().map(|(order, _)| order.placement().map(|placed| placed.number)).collect();
    let reasons: Vec<Option<&str>> = orders.iter().map(|(order, _)| order.reason()).collect();
    let versions: Vec<i64> = orders.iter().map(|(order, _)| order.version).collect();
    let todos: Vec<&str> = orders.iter().map(|(_, todo)| todo.name()).collect();
    let binds = (
        ids.into_sql::<Array<Uid>>(),
        statuses.into_sql::<Array<Text>>(),
        numbers.into_sql::<Array<Nullable<BigInt>>>(),
        column(|order| order.placement().map(|placed| Time(placed.at))).into_sql::<Array<Nullable<Moment>>>(),
        column(|order| order.cancelled_at().map(Time)).into_sql::<Array<Nullable<Moment>>>(),
        reasons.into_sql::<Array<Nullable<Text>>>(),
        versions.into_sql::<Array<BigInt>>(),
        todos.into_sql::<Array<Text>>(),
    );
    enum SaveAll {}
    Prepared::<SaveAll, _>::new(SAVE_ALL, binds, BY_ID).execute(conn)?;
    Ok(())
}

/// Notes that inventory has been told.
pub(crate) fn clear_todo(db: &mut Db<'_>, ids: &[Key], todo: StockTodo) -> Result<(), StoreError> {
    on!(db, |conn| diesel::update(
        orders::table.filter(orders::id.eq_any(ids)).filter(orders::stock_todo.eq(todo.name()))
    )
    .set(orders::stock_todo.eq(None::<String>))
    .execute(conn))?;
    Ok(())
}

/// Takes unfinished orders whose lease has run out, and leases them until `lease_until`. Rivals get others.
pub(crate) fn claim_unfinished(
    db: &mut Db<'_>,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let unfinished = orders::table
        .filter(orders::status.eq(status_name(OrderStatus::Pending)).or(orders::stock_todo.is_not_null()))
        .filter(orders::lease_until.lt(Time(now)))
        .order(orders::lease_until)
        .limit(limit);
    let rows: Vec<OrderRow> = match db {
        Db::Postgres(conn) => {
            unfinished.select(OrderRow::as_select()).for_update().skip_locked().load(*conn)?
        }
        Db::Sqlite(conn) => unfinished.select(OrderRow::as_select()).load(*conn)?,
    };
    let ids: Vec<Key> = rows.iter().map(|row| row.id).collect();
    on!(db, |conn| diesel::update(orders::table.filter(orders::id.eq_any(&ids)))
        .set(orders::lease_until.eq(Time(lease_until)))
        .execute(conn))?;
    with_lines(db, rows)
}

/// What a list of orders is narrowed to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filter {
    pub customer_id: Option<Key>,
    pub status: Option<OrderStatus>,
}

/// Newest first, older than `after`.
pub(crate) fn list(
    db: &mut Db<'_>,
    filter: Filter,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
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

/// Oldest first, after `after`: for walking over all orders.
pub(crate) fn walk(db: &mut Db<'_>, after: Option<Key>, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let after = after.unwrap_or(Key(Default::default()));
    let rows = on!(db, |conn| orders::table
        .filter(orders::id.gt(after))
        .order(orders::id)
        .limit(limit)
        .select(OrderRow::as_select())
        .load(conn))?;
    with_lines(db, rows)
}
