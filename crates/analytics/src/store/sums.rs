//! Sums, kept by day, by month and by year.

use std::collections::BTreeMap;

use analytics_api::Day;
use chrono::NaiveDate;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use kernel::Currency;
use platform::store::{Db, StoreError, Tx, corrupt};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::schema::sums;
use crate::stretch::{Parts, Stretch};
use crate::sums::{Bucket, Dimension, Figures, Sums};

/// How long the time is that a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Span {
    Day,
    Month,
    Year,
}

impl Span {
    fn name(self) -> &'static str {
        match self {
            Span::Day => "day",
            Span::Month => "month",
            Span::Year => "year",
        }
    }
}

#[derive(Clone, Debug)]
struct SumRow<'a> {
    generation: i64,
    dimension: &'static str,
    span: &'static str,
    start: NaiveDate,
    key: &'a str,
    currency: &'static str,
    orders: i64,
    units: i64,
    gross: i64,
    refunds: i64,
}

/// Changes sums, of the days that are given and of their months and years; one that no order counts for any more goes.
pub(crate) fn change(tx: &mut Tx<'_>, generation: Generation, days: &Sums) -> Result<(), StoreError> {
    let (mut months, mut years) = (Sums::default(), Sums::default());
    months.add_all(days, Day::month)?;
    years.add_all(&months, Day::year)?;
    let all = [(Span::Day, days), (Span::Month, &months), (Span::Year, &years)];
    let rows: Vec<SumRow<'_>> =
        all.into_iter().flat_map(|(span, sums)| rows(generation, span, sums)).collect();
    insert_all!(tx, sums, &rows, {
        generation: BigInt, dimension: Text, span: Text, start: Date, key: Text, currency: Text, orders: BigInt,
        units: BigInt, gross: BigInt, refunds: BigInt
    }, "ON CONFLICT (generation, dimension, span, start, key, currency) DO UPDATE SET \
        orders = sums.orders + excluded.orders, units = sums.units + excluded.units, \
        gross = sums.gross + excluded.gross, refunds = sums.refunds + excluded.refunds")?;
    for row in rows.iter().filter(|row| row.orders < 0) {
        let of = (row.generation, row.dimension, row.span, row.start, row.key, row.currency);
        on!(tx, |conn| diesel::delete(sums::table.find(of).filter(sums::orders.eq(0))).execute(conn))?;
    }
    Ok(())
}

/// In the order of their keys.
fn rows(Generation(generation): Generation, span: Span, of: &Sums) -> impl Iterator<Item = SumRow<'_>> {
    of.changes().map(move |(bucket, figures)| SumRow {
        generation,
        dimension: bucket.dimension.name(),
        span: span.name(),
        start: bucket.day.date(),
        key: &bucket.key,
        currency: bucket.currency.code(),
        orders: figures.orders,
        units: figures.units,
        gross: figures.gross,
        refunds: figures.refunds,
    })
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

/// The sums of all parts of a stretch.
macro_rules! parts {
    ($columns:literal) => {
        concat!(
            parts!($columns, "year", "$3 AND $4"),
            "UNION ALL ",
            parts!($columns, "month", "$5 AND $6"),
            "UNION ALL ",
            parts!($columns, "month", "$7 AND $8"),
            "UNION ALL ",
            parts!($columns, "day", "$9 AND $10"),
            "UNION ALL ",
            parts!($columns, "day", "$11 AND $12"),
        )
    };
    ($columns:literal, $span:literal, $starts:literal) => {
        concat!(
            "SELECT key, currency, ",
            $columns,
            " FROM sums WHERE generation = $1 AND dimension = $2 AND span = '",
            $span,
            "' AND start BETWEEN ",
            $starts,
            " "
        )
    };
}

// Each number first appears in its turn: SQLite counts them so. It sorts to group, which is most of the work, so it first
// sorts no more than tells which sums are wanted.
const OVER_TIME: &str = concat!(
    "SELECT key, currency, CAST(SUM(orders) AS BIGINT) AS orders, CAST(SUM(units) AS BIGINT) AS units, \
        CAST(SUM(gross) AS BIGINT) AS gross, CAST(SUM(refunds) AS BIGINT) AS refunds \
    FROM (",
    parts!("orders, units, gross, refunds"),
    ") AS parts WHERE (key, currency) IN ( \
        SELECT key, currency FROM (",
    parts!("units"),
    ") AS sold GROUP BY key, currency ORDER BY SUM(units) DESC, key, currency LIMIT $13 \
    ) GROUP BY key, currency ORDER BY 4 DESC, key, currency",
);

/// Sums over a stretch; most units first, `limit` at most.
pub(crate) fn over(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    dimension: Dimension,
    days: Stretch,
    limit: i64,
) -> Result<Vec<Sum>, StoreError> {
    let Parts { years, months: [months_before, months_after], days: [days_before, days_after] } =
        days.parts();
    // Nothing is between null and null.
    let from = |part: Option<Stretch>| part.map(|part| part.from.date());
    let to = |part: Option<Stretch>| part.map(|part| part.to.date());
    let rows: Vec<Row> = on!(db, |conn| diesel::sql_query(OVER_TIME)
        .bind::<BigInt, _>(generation)
        .bind::<Text, _>(dimension.name())
        .bind::<Nullable<Date>, _>(from(years))
        .bind::<Nullable<Date>, _>(to(years))
        .bind::<Nullable<Date>, _>(from(months_before))
        .bind::<Nullable<Date>, _>(to(months_before))
        .bind::<Nullable<Date>, _>(from(months_after))
        .bind::<Nullable<Date>, _>(to(months_after))
        .bind::<Nullable<Date>, _>(from(days_before))
        .bind::<Nullable<Date>, _>(to(days_before))
        .bind::<Nullable<Date>, _>(from(days_after))
        .bind::<Nullable<Date>, _>(to(days_after))
        .bind::<BigInt, _>(limit)
        .load(conn))?;
    rows.into_iter().map(Row::read).collect()
}

type Stored = (String, NaiveDate, String, String, i64, i64, i64, i64);

/// All sums of a span, those that begin on these days: for comparing.
pub(crate) fn within(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    span: Span,
    days: Stretch,
) -> Result<BTreeMap<String, Figures>, StoreError> {
    db.plan_for_whole_tables()?;
    let rows: Vec<Stored> = on!(db, |conn| sums::table
        .filter(sums::generation.eq(generation))
        .filter(sums::dimension.eq_any(Dimension::ALL.map(Dimension::name)))
        .filter(sums::span.eq(span.name()))
        .filter(sums::start.between(days.from.date(), days.to.date()))
        .select((
            sums::dimension,
            sums::start,
            sums::key,
            sums::currency,
            sums::orders,
            sums::units,
            sums::gross,
            sums::refunds
        ))
        .load(conn))?;
    let named = |(dimension, start, key, currency, orders, units, gross, refunds): Stored| {
        (name(&dimension, span, start, &key, &currency), Figures { orders, units, gross, refunds })
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

fn name(dimension: &str, span: Span, start: NaiveDate, key: &str, currency: &str) -> String {
    format!("{dimension} {key:?} of the {} {start} in {currency}", span.name())
}

/// What [`within`] gives if these are the sums.
pub(crate) fn expected(span: Span, of: &Sums) -> BTreeMap<String, Figures> {
    let named = |(bucket, figures): (&Bucket, Figures)| {
        let Bucket { dimension, day, key, currency } = bucket;
        (name(dimension.name(), span, day.date(), key, currency.code()), figures)
    };
    of.changes().map(named).collect()
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
