use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use kernel::PageRequest;
use platform::store::{Db, Document, Json, Moment, StoreError, Time, Tx, by_bytes, corrupt, one_of};
use platform::{insert_all, on, on_locked};
use reference_api::{Country, WalkCodes};

use crate::schema::countries;

#[derive(Queryable, Selectable)]
#[diesel(table_name = countries)]
struct CountryRow {
    code: String,
    alpha3: String,
    name: String,
    address: Json,
    enabled: bool,
    version: i64,
    updated_at: Time,
}

impl CountryRow {
    fn of(country: &Country) -> Result<CountryRow, StoreError> {
        Ok(CountryRow {
            code: country.code.clone(),
            alpha3: country.alpha3.clone(),
            name: country.name.clone(),
            address: Json::of(&country.address)?,
            enabled: country.enabled,
            version: country.version,
            updated_at: country.updated_at.into(),
        })
    }
}

impl TryFrom<CountryRow> for Country {
    type Error = StoreError;

    fn try_from(row: CountryRow) -> Result<Country, StoreError> {
        let address = serde_json::from_str(&row.address.0)
            .map_err(|error| corrupt("countries", "address", &row.code, error))?;
        Ok(Country {
            code: row.code,
            alpha3: row.alpha3,
            name: row.name,
            address,
            enabled: row.enabled,
            version: row.version,
            updated_at: row.updated_at.0,
        })
    }
}

fn countries(rows: Vec<CountryRow>) -> Result<Vec<Country>, StoreError> {
    rows.into_iter().map(Country::try_from).collect()
}

pub(crate) fn all(db: &mut Db<'_>) -> Result<Vec<Country>, StoreError> {
    countries(on!(db, |conn| countries::table.select(CountryRow::as_select()).load(conn))?)
}

pub(crate) fn find(db: &mut Db<'_>, codes: &[String]) -> Result<Vec<Country>, StoreError> {
    countries(on!(db, |conn| countries::table
        .filter(one_of(countries::code, codes))
        .select(CountryRow::as_select())
        .load(conn))?)
}

/// All, in the order of their codes.
pub(crate) fn walk(db: &mut Db<'_>, walk: &WalkCodes) -> Result<Vec<Country>, StoreError> {
    let after = walk.after.as_deref().unwrap_or_default();
    countries(on!(db, |conn| countries::table
        .filter(by_bytes(countries::code).gt(after))
        .order(by_bytes(countries::code))
        .limit(walk.limit.into())
        .select(CountryRow::as_select())
        .load(conn))?)
}

/// A country that the transaction is about to change.
pub(crate) fn lock(tx: &mut Tx<'_>, code: &str) -> Result<Option<Country>, StoreError> {
    let row: Option<CountryRow> =
        on_locked!(tx, countries::table.find(code).select(CountryRow::as_select()), |query, conn| query
            .first(conn)
            .optional())?;
    row.map(Country::try_from).transpose()
}

/// By their codes; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<String>) -> Result<Vec<Country>, StoreError> {
    countries(on!(db, |conn| {
        let mut query = countries::table.select(CountryRow::as_select()).into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(countries::code.gt(after));
        }
        query.order(countries::code).limit(page.limit.plus_one()).load(conn)
    })?)
}

pub(crate) fn save(tx: &mut Tx<'_>, all: &[Country]) -> Result<(), StoreError> {
    let rows: Vec<CountryRow> = all.iter().map(CountryRow::of).collect::<Result<_, _>>()?;
    Ok(insert_all!(tx, countries, &rows, {
        code: Text, alpha3: Text, name: Text, address: Document, enabled: Bool, version: BigInt, updated_at: Moment
    }, "ON CONFLICT (code) DO UPDATE SET alpha3 = excluded.alpha3, name = excluded.name, \
        address = excluded.address, enabled = excluded.enabled, version = excluded.version, \
        updated_at = excluded.updated_at")?)
}
