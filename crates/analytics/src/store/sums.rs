//! Sums, kept by day and by month.

use std::collections::BTreeMap;

use analytics_api::Day;
use chrono::NaiveDate;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};
use kernel::Currency;
use platform::store::{Db, StoreError, Tx, corrupt};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::schema::sums;
use crate::sums::{Bucket, Dimension, Figures, Sums};

/// How long the time is that a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Span {
    Day,
    Month,
}

impl Span {
    fn name(self) -> &'static str {
        match self {
            Span::Day => "day",
            Span::Month => "month",
        }
    }
}

#[derive(Clone, Debug)]
struct SumRow {
    generation: i64,
    dimension: &'static str,
    span: &'static str,
    start: NaiveDate,
    key: String,
    currency: &'static str,
    orders: i64,
    units: i64,
    gross: i64,
    refunds: i64,
}

/// Changes sums; one that no order counts for any more goes.
pub(crate) fn change(tx: &mut Tx<'_>, generation: Generation, by: Sums) -> Result<(), StoreError> {
    let rows = rows(generation, by)?;
    insert_all!(tx, sums, &rows, {
        generation: BigInt, dimension: Text, span: Text, start: Date, key: Text, currency: Text, orders: BigInt,
        units: BigInt, gross: BigInt, refunds: BigInt
    }, "ON CONFLICT (generation, dimension, span, start, key, currency) DO UPDATE SET \
        orders = sums.orders + excluded.orders, units = sums.units + excluded.units, \
        gross = sums.gross + excluded.gross, refunds = sums.refunds + excluded.refunds")?;
    for row in rows.iter().filter(|row| row.orders < 0) {
        let of = (row.generation, row.dimension, row.span, row.start, &row.key, row.currency);
        on!(tx, |conn| diesel::delete(sums::table.find(of).filter(sums::orders.eq(0))).execute(conn))?;
    }
    Ok(())
}

/// In the order of their keys.
fn rows(Generation(generation): Generation, by: Sums) -> Result<Vec<SumRow>, StoreError> {
    let mut all: BTreeMap<(Dimension, Span, Day, String, Currency), Figures> = BTreeMap::new();
    for (Bucket { dimension, day, key, currency }, figures) in by.into_changes() {
        let month = all.entry((dimension, Span::Month, day.month(), key.clone(), currency)).or_default();
        let sum = month.checked_add(figures);
        *month = sum.ok_or_else(|| StoreError::Query("a sum leaves the range of 64 bits".to_owned()))?;
        all.insert((dimension, Span::Day, day, key, currency), figures);
    }
    let row =
        |((dimension, span, start, key, currency), figures): ((_, Span, Day, _, Currency), Figures)| SumRow {
            generation,
            dimension: Dimension::name(dimension),
            span: span.name(),
            start: start.date(),
            key,
            currency: currency.code(),
            orders: figures.orders,
            units: figures.units,
            gross: figures.gross,
            refunds: figures.refunds,
        };
    Ok(all.into_iter().filter(|(_, figures)| *figures != Figures::default()).map(row).collect())
}

/// Days next to each other, both ends included; none if they are the wrong way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub from: Day,
    pub to: Day,
}

/// A row of a report before it has its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub key: String,
    pub currency: Currency,
    pub figures: Figures,
}

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = BigInt)]
    gross: i64,
    #[diesel(sql_type = BigInt)]
    refunds: i64,
}

impl Row {
    fn read(self) -> Result<Sum, StoreError> {
        let Row { key, currency, orders, units, gross, refunds } = self;
        let currency =
            Currency::parse(&currency).map_err(|error| corrupt("sums", "currency", &currency, error))?;
        Ok(Sum { key, currency, figures: Figures { orders, units, gross, refunds } })
    }
}

// Each number first appears in its turn: SQLite counts them so.
const OVER_TIME: &str = "\
    SELECT key, currency, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(units) AS BIGINT) AS units, \
        CAST(SUM(gross) AS BIGINT) AS gross, CAST(SUM(refunds) AS BIGINT) AS refunds \
    FROM ( \
        SELECT key, currency, orders, units, gross, refunds FROM sums \
        WHERE generation = $1 AND dimension = $2 AND span = 'month' AND start BETWEEN $3 AND $4 \
        UNION ALL SELECT key, currency, orders, units, gross, refunds FROM sums \
        WHERE generation = $1 AND dimension = $2 AND span = 'day' AND start BETWEEN $5 AND $6 \
        UNION ALL SELECT key, currency, orders, units, gross, refunds FROM sums \
        WHERE generation = $1 AND dimension = $2 AND span = 'day' AND start BETWEEN $7 AND $8 \
    ) AS parts GROUP BY key, currency ORDER BY 4 DESC, key, currency LIMIT $9";

/// Sums over whole months, and over the days before and after them; most units first, `limit` at most.
pub(crate) fn over(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    dimension: Dimension,
    [months, before, after]: [Stretch; 3],
    limit: i64,
) -> Result<Vec<Sum>, StoreError> {
    let rows: Vec<Row> = on!(db, |conn| diesel::sql_query(OVER_TIME)
        .bind::<BigInt, _>(generation)
        .bind::<Text, _>(dimension.name())
        .bind::<Date, _>(months.from.date())
        .bind::<Date, _>(months.to.date())
        .bind::<Date, _>(before.from.date())
        .bind::<Date, _>(before.to.date())
        .bind::<Date, _>(after.from.date())
        .bind::<Date, _>(after.to.date())
        .bind::<BigInt, _>(limit)
        .load(conn))?;
    rows.into_iter().map(Row::read).collect()
}

type Stored = (String, String, NaiveDate, String, String, i64, i64, i64, i64);

/// All sums, by day and by month, of whole months: for comparing.
pub(crate) fn within(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    days: Stretch,
) -> Result<BTreeMap<String, Figures>, StoreError> {
    db.plan_for_whole_tables()?;
    let rows: Vec<Stored> = on!(db, |conn| sums::table
        .filter(sums::generation.eq(generation))
        .filter(sums::start.between(days.from.date(), days.to.date()))
        .select((
            sums::dimension,
            sums::span,
            sums::start,
            sums::key,
            sums::currency,
            sums::orders,
            sums::units,
            sums::gross,
            sums::refunds
        ))
        .load(conn))?;
    let named = |(dimension, span, start, key, currency, orders, units, gross, refunds): Stored| {
        (name(&dimension, &span, start, &key, &currency), Figures { orders, units, gross, refunds })
    };
    Ok(rows.into_iter().map(named).collect())
}

/// The first day that there are sums of, and the last.
pub(crate) fn extent(
    db: &mut Db<'_>,
    Generation(generation): Generation,
) -> Result<Option<Stretch>, StoreError> {
    let (from, to): (Option<NaiveDate>, Option<NaiveDate>) = on!(db, |conn| sums::table
        .filter(sums::generation.eq(generation))
        .select((min(sums::start), max(sums::start)))
        .first(conn))?;
    Ok(from.zip(to).map(|(from, to)| Stretch { from: Day::from_date(from), to: Day::from_date(to) }))
}

fn name(dimension: &str, span: &str, start: NaiveDate, key: &str, currency: &str) -> String {
    format!("{dimension} {key:?} of the {span} {start} in {currency}")
}

/// What [`within`] gives if these are the sums.
pub(crate) fn expected(by: Sums) -> Result<BTreeMap<String, Figures>, StoreError> {
    let named = |row: SumRow| {
        let SumRow { orders, units, gross, refunds, .. } = row;
        (
            name(row.dimension, row.span, row.start, &row.key, row.currency),
            Figures { orders, units, gross, refunds },
        )
    };
    Ok(rows(Generation(0), by)?.into_iter().map(named).collect())
}

/// The sums of each day, over everything.
pub(crate) fn daily(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    days: Stretch,
) -> Result<Vec<(Day, Sum)>, StoreError> {
    let rows: Vec<(NaiveDate, String, i64, i64, i64, i64)> = on!(db, |conn| sums::table
        .filter(sums::generation.eq(generation))
        .filter(sums::dimension.eq(Dimension::Total.name()))
        .filter(sums::span.eq(Span::Day.name()))
        .filter(sums::start.between(days.from.date(), days.to.date()))
        .order((sums::start, sums::key, sums::currency))
        .select((sums::start, sums::currency, sums::orders, sums::units, sums::gross, sums::refunds))
        .load(conn))?;
    let sum = |(start, currency, orders, units, gross, refunds)| {
        let row = Row { key: String::new(), currency, orders, units, gross, refunds };
        Ok((Day::from_date(start), row.read()?))
    };
    rows.into_iter().map(sum).collect()
}
