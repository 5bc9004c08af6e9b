//! The copy of the codes of tax categories.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use platform::copies::{At, Kept, Mending, Owned, PAGE, judge, newest};
use platform::store::{Db, Moment, StoreError, Time, Tx, by_bytes, one_of};
use platform::{insert_all, on, on_locked};

use crate::schema::known_tax_categories;

/// What the owner said of a tax category, and when that was so.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = known_tax_categories)]
pub(crate) struct KnownTaxCategory {
    pub code: String,
    pub source_version: i64,
    pub as_of: Time,
}

impl KnownTaxCategory {
    pub(crate) fn owned(self) -> Owned<String, KnownTaxCategory> {
        Owned { key: self.code.clone(), version: self.source_version, fact: self }
    }

    fn kept(self) -> Kept<String, KnownTaxCategory> {
        Kept { key: self.code.clone(), at: At::told(self.source_version), fact: self }
    }
}

pub(crate) fn is_there(db: &mut Db<'_>, code: &str) -> Result<bool, StoreError> {
    let found: Option<String> = on!(db, |conn| known_tax_categories::table
        .find(code)
        .select(known_tax_categories::code)
        .first(conn)
        .optional())?;
    Ok(found.is_some())
}

/// A page of all copies, in the order of their codes.
pub(crate) fn page(db: &mut Db<'_>, after: &str) -> Result<Vec<Kept<String, KnownTaxCategory>>, StoreError> {
    let rows: Vec<KnownTaxCategory> = on!(db, |conn| known_tax_categories::table
        .filter(by_bytes(known_tax_categories::code).gt(after))
        .order(by_bytes(known_tax_categories::code))
        .limit(PAGE.into())
        .select(KnownTaxCategory::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(KnownTaxCategory::kept).collect())
}

/// Keeps the newest of each code, whatever the order in which they come.
pub(crate) fn note(tx: &mut Tx<'_>, said: impl Iterator<Item = KnownTaxCategory>) -> Result<(), StoreError> {
    let rows = newest(said, |one| one.code.clone(), |one| one.source_version);
    Ok(insert_all!(tx, known_tax_categories, &rows, {
        code: Text, source_version: BigInt, as_of: Moment
    }, "ON CONFLICT (code) DO UPDATE SET source_version = excluded.source_version, as_of = excluded.as_of \
        WHERE excluded.source_version > known_tax_categories.source_version")?)
}

/// Makes copies anew, as far as nothing newer is there.
pub(crate) fn mend(tx: &mut Tx<'_>, all: &[Mending<String, KnownTaxCategory>]) -> Result<(), StoreError> {
    let wanted: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    let rows: Vec<KnownTaxCategory> = on_locked!(
        tx,
        known_tax_categories::table
            .filter(one_of(known_tax_categories::code, &wanted))
            .order(known_tax_categories::code)
            .select(KnownTaxCategory::as_select()),
        |rows, conn| rows.load(conn)
    )?;
    let now: HashMap<String, At> =
        rows.into_iter().map(|row| (row.code, At::told(row.source_version))).collect();
    let (verdicts, table) = (judge(all, &now), known_tax_categories::table);
    let changed = verdicts.changed();
    on!(tx, |conn| diesel::delete(table.filter(one_of(known_tax_categories::code, &changed))).execute(conn))?;
    note(tx, verdicts.replaced.into_iter().map(|(owned, _)| owned.fact.clone()))
}
