//! Sums, kept by day and by month.

use std::collections::BTreeMap;

use analytics_api::Day;
use chrono::NaiveDate;
use diesel::dsl::{max, min};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use kernel::Currency;
use platform::store::{Db, StoreError, Tx, corrupt};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::schema::{sheets, sums};
use crate::stretch::{Span, Stretch};
use crate::sums::{Bucket, Dimension, Figures, Sums};

#[derive(Clone, Debug)]
struct SumRow<'a> {
    sheet: i64,
    key: &'a str,
    currency: &'static str,
    orders: i64,
    units: i64,
    gross: i64,
    refunds: i64,
}

impl SumRow<'_> {
    fn of<'a>(
        sheet: i64,
        bucket: &'a Bucket,
        Figures { orders, units, gross, refunds }: Figures,
    ) -> SumRow<'a> {
        SumRow { sheet, key: &bucket.key, currency: bucket.currency.code(), orders, units, gross, refunds }
    }
}

/// Changes sums, of the days that are given and of their months; one that no order counts for any more goes.
pub(crate) fn change(tx: &mut Tx<'_>, generation: Generation, days: &Sums) -> Result<(), StoreError> {
    let mut months = Sums::default();
    months.add_all(days, Day::month)?;
    let all = || {
        [(Span::Day, days), (Span::Month, &months)].into_iter().flat_map(|(span, sums)| {
            sums.changes().map(move |(bucket, figures)| (bucket.topic(span), bucket, figures))
        })
    };
    let ids = super::sheets::change(tx, generation, &all().map(|(topic, ..)| topic).collect())?;
    let row = |(topic, bucket, figures)| match ids.get(&topic) {
        Some(sheet) => Ok(SumRow::of(*sheet, bucket, figures)),
        None => Err(StoreError::Query(format!("there is no sheet for {topic:?}"))),
    };
    let rows: Vec<SumRow<'_>> = all().map(row).collect::<Result<_, _>>()?;
    insert_all!(tx, sums, &rows, {
        sheet: BigInt, key: Text, currency: Text, orders: BigInt, units: BigInt, gross: BigInt, refunds: BigInt
    }, "ON CONFLICT (sheet, key, currency) DO UPDATE SET \
        orders = sums.orders + excluded.orders, units = sums.units + excluded.units, \
        gross = sums.gross + excluded.gross, refunds = sums.refunds + excluded.refunds")?;
    for row in rows.iter().filter(|row| row.orders < 0) {
        let of = sums::table.find((row.sheet, row.key, row.currency));
        on!(tx, |conn| diesel::delete(of.filter(sums::orders.eq(0))).execute(conn))?;
    }
    Ok(())
}

/// A row of a report before it has its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    pub key: String,
    pub currency: Currency,
    pub figures: Figures,
}

/// As it is selected: key, currency, orders, units, gross and refunds.
pub(crate) type Row = (String, String, i64, i64, i64, i64);

impl Sum {
    pub(crate) fn read((key, currency, orders, units, gross, refunds): Row) -> Result<Sum, StoreError> {
        let currency =
            Currency::parse(&currency).map_err(|error| corrupt("sums", "currency", &currency, error))?;
        Ok(Sum { key, currency, figures: Figures { orders, units, gross, refunds } })
    }
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
    let rows: Vec<Stored> = on!(db, |conn| sheets::table
        .inner_join(sums::table.on(sums::sheet.eq(sheets::id)))
        .filter(sheets::generation.eq(generation))
        .filter(sheets::dimension.eq_any(Dimension::ALL.map(Dimension::name)))
        .filter(sheets::span.eq(span.name()))
        .filter(sheets::start.between(days.from.date(), days.to.date()))
        .select((
            sheets::dimension,
            sheets::start,
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
    let (from, to): (Option<NaiveDate>, Option<NaiveDate>) = on!(db, |conn| sheets::table
        .filter(sheets::generation.eq(generation))
        .select((min(sheets::start), max(sheets::start)))
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
