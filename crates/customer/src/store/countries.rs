//! The copy of countries.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use kernel::Timestamp;
use platform::copies::{At, Kept, Mending, Owned, PAGE, judge, newest};
use platform::store::{Db, Document, Json, Moment, StoreError, Time, Tx, by_bytes, corrupt, one_of};
use platform::{insert_all, on, on_locked};
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

impl KnownCountry {
    /// A fact is `None` only where what is stored cannot be read.
    pub(crate) fn owned(self) -> Owned<String, Option<KnownCountry>> {
        Owned { key: self.code.clone(), version: self.source_version, fact: Some(self) }
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

/// A page of all copies, in the order of their codes.
pub(crate) fn page(
    db: &mut Db<'_>,
    after: &str,
) -> Result<Vec<Kept<String, Option<KnownCountry>>>, StoreError> {
    let rows: Vec<CountryRow> = on!(db, |conn| known_countries::table
        .filter(by_bytes(known_countries::code).gt(after))
        .order(by_bytes(known_countries::code))
        .limit(PAGE.into())
        .select(CountryRow::as_select())
        .load(conn))?;
    let kept = |row: CountryRow| Kept {
        key: row.code.clone(),
        at: At::told(row.source_version),
        fact: KnownCountry::try_from(row).ok(),
    };
    Ok(rows.into_iter().map(kept).collect())
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

/// Makes copies anew, as far as nothing newer is there.
pub(crate) fn mend(tx: &mut Tx<'_>, all: &[Mending<String, Option<KnownCountry>>]) -> Result<(), StoreError> {
    let wanted: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    let rows: Vec<(String, i64)> = on_locked!(
        tx,
        known_countries::table
            .filter(one_of(known_countries::code, &wanted))
            .order(known_countries::code)
            .select((known_countries::code, known_countries::source_version)),
        |rows, conn| rows.load(conn)
    )?;
    let now: HashMap<String, At> =
        rows.into_iter().map(|(code, version)| (code, At::told(version))).collect();
    let (verdicts, table) = (judge(all, &now), known_countries::table);
    let changed = verdicts.changed();
    on!(tx, |conn| diesel::delete(table.filter(one_of(known_countries::code, &changed))).execute(conn))?;
    note(tx, verdicts.replaced.into_iter().filter_map(|(owned, _)| owned.fact.clone()))
}
