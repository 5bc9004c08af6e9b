//! Sheets: the sums by one dimension over one day or one month.

use std::collections::{BTreeSet, HashMap};

use analytics_api::Day;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text};
use platform::store::{Db, StoreError, Tx, one_of};
use platform::{insert_all, on};

use super::generation::Generation;
use super::sums::{Row, Sum};
use crate::schema::{sheets, sums};
use crate::stretch::{Span, Stretch};
use crate::sums::{Dimension, Topic};

/// A sheet as it was after one of its changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edition {
    pub sheet: i64,
    pub version: i64,
}

struct SheetRow {
    generation: i64,
    dimension: &'static str,
    span: &'static str,
    start: NaiveDate,
    version: i64,
}

/// Marks sheets as changed, and makes those that are new; says which they are.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    Generation(generation): Generation,
    topics: &BTreeSet<Topic>,
) -> Result<HashMap<Topic, i64>, StoreError> {
    let row = |topic: &Topic| SheetRow {
        generation,
        dimension: topic.dimension.name(),
        span: topic.span.name(),
        start: topic.start.date(),
        version: 1,
    };
    let rows: Vec<SheetRow> = topics.iter().map(row).collect();
    insert_all!(tx, sheets, &rows, {
        generation: BigInt, dimension: Text, span: Text, start: Date, version: BigInt
    }, "ON CONFLICT (generation, dimension, span, start) DO UPDATE SET version = sheets.version + 1")?;
    let starts: BTreeSet<NaiveDate> = rows.iter().map(|row| row.start).collect();
    let starts: Vec<NaiveDate> = starts.into_iter().collect();
    let found: Vec<(i64, String, String, NaiveDate)> = on!(tx, |conn| sheets::table
        .filter(sheets::generation.eq(generation))
        .filter(sheets::dimension.eq_any(Dimension::ALL.map(Dimension::name)))
        .filter(sheets::span.eq_any(Span::ALL.map(Span::name)))
        .filter(one_of(sheets::start, &starts))
        .select((sheets::id, sheets::dimension, sheets::span, sheets::start))
        .load(conn))?;
    let ids: HashMap<(&str, &str, NaiveDate), i64> = found
        .iter()
        .map(|(id, dimension, span, start)| ((dimension.as_str(), span.as_str(), *start), *id))
        .collect();
    let id = |topic: &Topic| ids.get(&(topic.dimension.name(), topic.span.name(), topic.start.date()));
    Ok(topics.iter().filter_map(|topic| Some((*topic, *id(topic)?))).collect())
}

/// Those of the days, or of the months, that begin on these days; the earliest first.
pub(crate) fn of(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    dimension: Dimension,
    span: Span,
    starts: Stretch,
) -> Result<Vec<(Day, Edition)>, StoreError> {
    let rows: Vec<(NaiveDate, i64, i64)> = on!(db, |conn| sheets::table
        .filter(sheets::generation.eq(generation))
        .filter(sheets::dimension.eq(dimension.name()))
        .filter(sheets::span.eq(span.name()))
        .filter(sheets::start.between(starts.from.date(), starts.to.date()))
        .order(sheets::start)
        .select((sheets::start, sheets::id, sheets::version))
        .load(conn))?;
    let edition = |(start, sheet, version)| (Day::from_date(start), Edition { sheet, version });
    Ok(rows.into_iter().map(edition).collect())
}

/// What some sheets say, each in no order.
pub(crate) fn read(db: &mut Db<'_>, sheets: &[i64]) -> Result<HashMap<i64, Vec<Sum>>, StoreError> {
    let rows: Vec<(i64, Row)> = on!(db, |conn| sums::table
        .filter(one_of(sums::sheet, sheets))
        .select((
            sums::sheet,
            (sums::key, sums::currency, sums::orders, sums::units, sums::gross, sums::refunds)
        ))
        .load(conn))?;
    let mut read: HashMap<i64, Vec<Sum>> = HashMap::with_capacity(sheets.len());
    for (sheet, row) in rows {
        read.entry(sheet).or_default().push(Sum::read(row)?);
    }
    Ok(read)
}
