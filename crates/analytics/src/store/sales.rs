//! Facts: a row per order that was placed, a row per line, and what was given back.

use std::collections::HashMap;

use analytics_api::Day;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::{Currency, Money, Timestamp};
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, corrupt, one_of};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::fact::{Fact, Line, Refund, Sale, Status};
use crate::schema::{sale_lines, sale_refunds, sales};
use crate::stretch::Stretch;

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sales)]
struct SaleRow {
    generation: i64,
    order_id: Key,
    placed_at: Time,
    currency: String,
    country: String,
    payment_method: String,
    customer_id: Key,
    customer_group: Option<String>,
    status: String,
    gross: i64,
    version: i64,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sale_lines)]
struct LineRow {
    generation: i64,
    order_id: Key,
    sku: String,
    units: i64,
    gross: i64,
    category: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sale_refunds)]
struct RefundRow {
    generation: i64,
    order_id: Key,
    amount: i64,
    version: i64,
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Standing => "standing",
        Status::Cancelled => "cancelled",
    }
}

impl SaleRow {
    fn of(Generation(generation): Generation, order_id: Key, sale: &Sale) -> SaleRow {
        SaleRow {
            generation,
            order_id,
            placed_at: sale.placed_at.into(),
            currency: sale.currency.code().to_owned(),
            country: sale.country.clone(),
            payment_method: sale.payment_method.clone(),
            customer_id: sale.customer,
            customer_group: sale.group.clone(),
            status: status_name(sale.status).to_owned(),
            gross: sale.gross.minor(),
            version: sale.version,
        }
    }

    fn read(self, lines: Vec<LineRow>) -> Result<Sale, StoreError> {
        let bad = |column, detail: String| corrupt("sales", column, self.order_id.0, detail);
        let currency = Currency::parse(&self.currency).map_err(|error| bad("currency", error.to_string()))?;
        let status = match self.status.as_str() {
            "standing" => Status::Standing,
            "cancelled" => Status::Cancelled,
            other => return Err(bad("status", other.to_owned())),
        };
        let mut lines: Vec<Line> = lines.into_iter().map(|line| line.read(currency)).collect();
        // The database may sort text in another way.
        lines.sort_by(|one, other| one.sku.cmp(&other.sku));
        Ok(Sale {
            placed_at: self.placed_at.0,
            currency,
            country: self.country,
            payment_method: self.payment_method,
            customer: self.customer_id,
            group: self.customer_group,
            status,
            gross: Money::new(self.gross, currency),
            version: self.version,
            lines,
        })
    }
}

impl LineRow {
    fn of(Generation(generation): Generation, order_id: Key, line: &Line) -> LineRow {
        LineRow {
            generation,
            order_id,
            sku: line.sku.clone(),
            units: line.units,
            gross: line.gross.minor(),
            category: line.category.clone(),
        }
    }

    fn read(self, currency: Currency) -> Line {
        Line {
            sku: self.sku,
            units: self.units,
            gross: Money::new(self.gross, currency),
            category: self.category,
        }
    }
}

/// What is known of these orders; those of which nothing is are absent.
pub(crate) fn load(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    orders: &[Key],
) -> Result<HashMap<Key, Fact>, StoreError> {
    let rows: Vec<SaleRow> = on!(db, |conn| sales::table
        .filter(sales::generation.eq(generation))
        .filter(one_of(sales::order_id, orders))
        .select(SaleRow::as_select())
        .load(conn))?;
    let lines: Vec<LineRow> = match rows.is_empty() {
        true => Vec::new(),
        false => on!(db, |conn| sale_lines::table
            .filter(sale_lines::generation.eq(generation))
            .filter(one_of(sale_lines::order_id, orders))
            .select(LineRow::as_select())
            .load(conn))?,
    };
    let mut facts: HashMap<Key, Fact> = HashMap::with_capacity(rows.len());
    for (order, refund) in load_refunds(db, Generation(generation), orders)? {
        facts.entry(order).or_default().refund = Some(refund);
    }
    let mut by_order: HashMap<Key, Vec<LineRow>> = HashMap::with_capacity(rows.len());
    for line in lines {
        by_order.entry(line.order_id).or_default().push(line);
    }
    for row in rows {
        let (order, lines) = (row.order_id, by_order.remove(&row.order_id).unwrap_or_default());
        facts.entry(order).or_default().sale = Some(row.read(lines)?);
    }
    Ok(facts)
}

/// What was given back of these orders, as far as anything was.
pub(crate) fn load_refunds(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    orders: &[Key],
) -> Result<HashMap<Key, Refund>, StoreError> {
    let rows: Vec<RefundRow> = on!(db, |conn| sale_refunds::table
        .filter(sale_refunds::generation.eq(generation))
        .filter(one_of(sale_refunds::order_id, orders))
        .select(RefundRow::as_select())
        .load(conn))?;
    let refund = |row: RefundRow| (row.order_id, Refund { amount: row.amount, version: row.version });
    Ok(rows.into_iter().map(refund).collect())
}

/// Writes facts down, whether they are new or not.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    generation: Generation,
    facts: &[(Key, &Fact)],
) -> Result<(), StoreError> {
    let placed = || facts.iter().filter_map(|(order, fact)| Some((*order, fact.sale.as_ref()?)));
    let rows: Vec<SaleRow> = placed().map(|(order, sale)| SaleRow::of(generation, order, sale)).collect();
    let lines: Vec<LineRow> = placed()
        .flat_map(|(order, sale)| sale.lines.iter().map(move |line| LineRow::of(generation, order, line)))
        .collect();
    insert_all!(tx, sales, &rows, {
        generation: BigInt, order_id: Uid, placed_at: Moment, currency: Text, country: Text, payment_method: Text,
        customer_id: Uid, customer_group: Nullable<Text>, status: Text, gross: BigInt, version: BigInt
    }, "ON CONFLICT (generation, order_id) DO UPDATE SET \
        customer_group = excluded.customer_group, status = excluded.status, version = excluded.version")?;
    insert_all!(tx, sale_lines, &lines, {
        generation: BigInt, order_id: Uid, sku: Text, units: BigInt, gross: BigInt, category: Nullable<Text>
    }, "ON CONFLICT (generation, order_id, sku) DO UPDATE SET category = excluded.category \
        WHERE sale_lines.category IS DISTINCT FROM excluded.category")?;
    save_refunds(tx, generation, facts)
}

fn save_refunds(
    tx: &mut Tx<'_>,
    Generation(generation): Generation,
    facts: &[(Key, &Fact)],
) -> Result<(), StoreError> {
    let refunds = facts.iter().filter_map(|(order, fact)| Some((*order, fact.refund?)));
    let rows: Vec<RefundRow> = refunds
        .map(|(order_id, Refund { amount, version })| RefundRow { generation, order_id, amount, version })
        .collect();
    Ok(insert_all!(tx, sale_refunds, &rows, {
        generation: BigInt, order_id: Uid, amount: BigInt, version: BigInt
    }, "ON CONFLICT (generation, order_id) DO UPDATE SET amount = excluded.amount, version = excluded.version")?)
}

/// Orders with one of these SKUs that were placed then or later.
pub(crate) fn with_skus(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    skus: &[String],
    since: Timestamp,
) -> Result<Vec<Key>, StoreError> {
    let same = sale_lines::generation.eq(sales::generation).and(sale_lines::order_id.eq(sales::order_id));
    Ok(on!(db, |conn| sales::table
        .inner_join(sale_lines::table.on(same))
        .filter(sales::generation.eq(generation))
        .filter(sales::placed_at.ge(Time(since)))
        .filter(one_of(sale_lines::sku, skus))
        .select(sales::order_id)
        .distinct()
        .load(conn))?)
}

/// Orders with one of these SKUs, of lines whose product nobody had told of.
pub(crate) fn unclassified(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    skus: &[String],
) -> Result<Vec<Key>, StoreError> {
    Ok(on!(db, |conn| sale_lines::table
        .filter(sale_lines::generation.eq(generation))
        .filter(one_of(sale_lines::sku, skus))
        .filter(sale_lines::category.is_null())
        .select(sale_lines::order_id)
        .distinct()
        .load(conn))?)
}

/// Orders of these customers that were placed then or later.
pub(crate) fn of_customers(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    customers: &[Key],
    since: Timestamp,
) -> Result<Vec<Key>, StoreError> {
    Ok(on!(db, |conn| sales::table
        .filter(sales::generation.eq(generation))
        .filter(sales::placed_at.ge(Time(since)))
        .filter(one_of(sales::customer_id, customers))
        .select(sales::order_id)
        .load(conn))?)
}

/// Orders that come after `after`, up to `to`, in the order of their ids: at most `limit`.
pub(crate) fn walk(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    after: Key,
    to: Key,
    limit: i64,
) -> Result<Vec<Key>, StoreError> {
    Ok(on!(db, |conn| sales::table
        .filter(sales::generation.eq(generation))
        .filter(sales::order_id.gt(after))
        .filter(sales::order_id.le(to))
        .order(sales::order_id)
        .limit(limit)
        .select(sales::order_id)
        .load(conn))?)
}

/// The first day on which an order was placed, and the last.
pub(crate) fn extent(
    db: &mut Db<'_>,
    Generation(generation): Generation,
) -> Result<Option<Stretch>, StoreError> {
    let placed = || sales::table.filter(sales::generation.eq(generation)).select(sales::placed_at);
    let first: Option<Time> = on!(db, |conn| placed().order(sales::placed_at.asc()).first(conn).optional())?;
    let last: Option<Time> = on!(db, |conn| placed().order(sales::placed_at.desc()).first(conn).optional())?;
    Ok(first.zip(last).map(|(first, last)| Stretch { from: Day::of(first.0), to: Day::of(last.0) }))
}

/// Orders that were placed on these days.
pub(crate) fn within(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    days: Stretch,
) -> Result<Vec<Key>, StoreError> {
    let end = days.to.after().unwrap_or(days.to).begins();
    Ok(on!(db, |conn| sales::table
        .filter(sales::generation.eq(generation))
        .filter(sales::placed_at.ge(Time(days.from.begins())))
        .filter(sales::placed_at.lt(Time(end)))
        .select(sales::order_id)
        .load(conn))?)
}
