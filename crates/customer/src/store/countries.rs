//! The copy of countries.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use kernel::Timestamp;
use platform::copies::newest;
use platform::store::{Db, Document, Json, Moment, StoreError, Time, Tx, corrupt};
use platform::{insert_all, on};
use reference_api::AddressRules;

use crate::schema::known_countries;

/// What the owner said of a country, and when that was so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownCountry {
    pub code: String,
    pub address: AddressRules,
    pub enabled: bool,
    pub source_version: i64,
    pub as_of: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = known_countries)]
struct CountryRow {
    code: String,
    address: Json,
    enabled: bool,
    source_version: i64,
    as_of: Time,
}

impl CountryRow {
    fn of(known: &KnownCountry) -> Result<CountryRow, StoreError> {
        Ok(CountryRow {
            code: known.code.clone(),
            address: Json::of(&known.address)?,
            enabled: known.enabled,
            source_version: known.source_version,
            as_of: known.as_of.into(),
        })
    }
}

impl TryFrom<CountryRow> for KnownCountry {
    type Error = StoreError;

    fn try_from(row: CountryRow) -> Result<KnownCountry, StoreError> {
        let address = serde_json::from_str(&row.address.0)
            .map_err(|error| corrupt("known_countries", "address", &row.code, error))?;
        Ok(KnownCountry {
            code: row.code,
            address,
            enabled: row.enabled,
            source_version: row.source_version,
            as_of: row.as_of.0,
        })
    }
}

pub(crate) fn find(db: &mut Db<'_>, code: &str) -> Result<Option<KnownCountry>, StoreError> {
    let row: Option<CountryRow> = on!(db, |conn| known_countries::table
        .find(code)
        .select(CountryRow::as_select())
        .first(conn)
        .optional())?;
    row.map(KnownCountry::try_from).transpose()
}

pub(crate) fn all(db: &mut Db<'_>) -> Result<Vec<KnownCountry>, StoreError> {
    let rows: Vec<CountryRow> =
        on!(db, |conn| known_countries::table.select(CountryRow::as_select()).load(conn))?;
    rows.into_iter().map(KnownCountry::try_from).collect()
}

/// Keeps the newest of each code, whatever the order in which they come.
pub(crate) fn note(tx: &mut Tx<'_>, said: impl Iterator<Item = KnownCountry>) -> Result<(), StoreError> {
    let newest = newest(said, |one| one.code.clone(), |one| one.source_version);
    let rows: Vec<CountryRow> = newest.iter().map(CountryRow::of).collect::<Result<_, _>>()?;
    Ok(insert_all!(tx, known_countries, &rows, {
        code: Text, address: Document, enabled: Bool, source_version: BigInt, as_of: Moment
    }, "ON CONFLICT (code) DO UPDATE SET address = excluded.address, enabled = excluded.enabled, \
        source_version = excluded.source_version, as_of = excluded.as_of \
        WHERE excluded.source_version > known_countries.source_version")?)
}
