use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use kernel::{Currency, PageRequest};
use platform::store::{Db, Moment, StoreError, Time, Tx, corrupt};
use platform::{insert_all, on};
use reference_api::CurrencyFacts;

use crate::schema::currencies;

#[derive(Queryable, Selectable)]
#[diesel(table_name = currencies)]
struct CurrencyRow {
    code: String,
    name: String,
    exponent: i32,
    version: i64,
    updated_at: Time,
}

impl TryFrom<CurrencyRow> for CurrencyFacts {
    type Error = StoreError;

    fn try_from(row: CurrencyRow) -> Result<CurrencyFacts, StoreError> {
        let code =
            Currency::parse(&row.code).map_err(|error| corrupt("currencies", "code", &row.code, error))?;
        Ok(CurrencyFacts {
            code,
            name: row.name,
            exponent: row.exponent,
            version: row.version,
            updated_at: row.updated_at.0,
        })
    }
}

pub(crate) fn all(db: &mut Db<'_>) -> Result<Vec<CurrencyFacts>, StoreError> {
    let rows: Vec<CurrencyRow> =
        on!(db, |conn| currencies::table.select(CurrencyRow::as_select()).load(conn))?;
    rows.into_iter().map(CurrencyFacts::try_from).collect()
}

/// By their codes; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<Currency>) -> Result<Vec<CurrencyFacts>, StoreError> {
    let rows: Vec<CurrencyRow> = on!(db, |conn| {
        let mut query = currencies::table.select(CurrencyRow::as_select()).into_boxed();
        if let Some(after) = page.after {
            query = query.filter(currencies::code.gt(after.code()));
        }
        query.order(currencies::code).limit(page.limit.plus_one()).load(conn)
    })?;
    rows.into_iter().map(CurrencyFacts::try_from).collect()
}

pub(crate) fn save(tx: &mut Tx<'_>, all: &[CurrencyFacts]) -> Result<(), StoreError> {
    let row = |currency: &CurrencyFacts| CurrencyRow {
        code: currency.code.code().to_owned(),
        name: currency.name.clone(),
        exponent: currency.exponent,
        version: currency.version,
        updated_at: currency.updated_at.into(),
    };
    let rows: Vec<CurrencyRow> = all.iter().map(row).collect();
    Ok(insert_all!(tx, currencies, &rows, {
        code: Text, name: Text, exponent: Integer, version: BigInt, updated_at: Moment
    }, "ON CONFLICT (code) DO UPDATE SET name = excluded.name, exponent = excluded.exponent, \
        version = excluded.version, updated_at = excluded.updated_at")?)
}
