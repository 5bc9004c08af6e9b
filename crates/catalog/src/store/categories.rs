//! The copy of the codes of categories.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use platform::copies::{At, Kept, Mending, Owned, PAGE, judge, newest};
use platform::store::{Db, Moment, StoreError, Time, Tx, by_bytes, one_of};
use platform::{insert_all, on, on_locked};

use crate::schema::known_categories;

/// What the owner said of a category, and when that was so.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = known_categories)]
pub(crate) struct KnownCategory {
    pub code: String,
    pub removed: bool,
    pub source_version: i64,
    pub as_of: Time,
}

impl KnownCategory {
    pub(crate) fn owned(self) -> Owned<String, KnownCategory> {
        Owned { key: self.code.clone(), version: self.source_version, fact: self }
    }

    fn kept(self) -> Kept<String, KnownCategory> {
        Kept { key: self.code.clone(), at: At::told(self.source_version), fact: self }
    }
}

pub(crate) fn is_there(db: &mut Db<'_>, code: &str) -> Result<bool, StoreError> {
    let removed: Option<bool> = on!(db, |conn| known_categories::table
        .find(code)
        .select(known_categories::removed)
        .first(conn)
        .optional())?;
    Ok(removed == Some(false))
}

/// A page of all copies, in the order of their codes.
pub(crate) fn page(db: &mut Db<'_>, after: &str) -> Result<Vec<Kept<String, KnownCategory>>, StoreError> {
    let rows: Vec<KnownCategory> = on!(db, |conn| known_categories::table
        .filter(by_bytes(known_categories::code).gt(after))
        .order(by_bytes(known_categories::code))
        .limit(PAGE.into())
        .select(KnownCategory::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(KnownCategory::kept).collect())
}

/// Keeps the newest of each code, whatever the order in which they come.
pub(crate) fn note(tx: &mut Tx<'_>, said: impl Iterator<Item = KnownCategory>) -> Result<(), StoreError> {
    let rows = newest(said, |one| one.code.clone(), |one| one.source_version);
    Ok(insert_all!(tx, known_categories, &rows, {
        code: Text, removed: Bool, source_version: BigInt, as_of: Moment
    }, "ON CONFLICT (code) DO UPDATE SET removed = excluded.removed, source_version = excluded.source_version, \
        as_of = excluded.as_of WHERE excluded.source_version > known_categories.source_version")?)
}

/// Makes copies anew, as far as nothing newer is there.
pub(crate) fn mend(tx: &mut Tx<'_>, all: &[Mending<String, KnownCategory>]) -> Result<(), StoreError> {
    let wanted: Vec<&str> = all.iter().map(|one| one.key.as_str()).collect();
    let rows: Vec<KnownCategory> = on_locked!(
        tx,
        known_categories::table
            .filter(one_of(known_categories::code, &wanted))
            .order(known_categories::code)
            .select(KnownCategory::as_select()),
        |rows, conn| rows.load(conn)
    )?;
    let now: HashMap<String, At> =
        rows.into_iter().map(|row| (row.code, At::told(row.source_version))).collect();
    let (verdicts, table) = (judge(all, &now), known_categories::table);
    let changed = verdicts.changed();
    on!(tx, |conn| diesel::delete(table.filter(one_of(known_categories::code, &changed))).execute(conn))?;
    note(tx, verdicts.replaced.into_iter().map(|(owned, _)| owned.fact.clone()))
}
