//! The copy of the codes of categories.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};
use platform::copies::newest;
use platform::store::{Db, Moment, StoreError, Time, Tx};
use platform::{insert_all, on};

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

pub(crate) fn is_there(db: &mut Db<'_>, code: &str) -> Result<bool, StoreError> {
    let removed: Option<bool> = on!(db, |conn| known_categories::table
        .find(code)
        .select(known_categories::removed)
        .first(conn)
        .optional())?;
    Ok(removed == Some(false))
}

pub(crate) fn all(db: &mut Db<'_>) -> Result<Vec<KnownCategory>, StoreError> {
    Ok(on!(db, |conn| known_categories::table.select(KnownCategory::as_select()).load(conn))?)
}

/// Keeps the newest of each code, whatever the order in which they come.
pub(crate) fn note(tx: &mut Tx<'_>, said: impl Iterator<Item = KnownCategory>) -> Result<(), StoreError> {
    let rows = newest(said, |one| one.code.clone(), |one| one.source_version);
    Ok(insert_all!(tx, known_categories, &rows, {
        code: Text, removed: Bool, source_version: BigInt, as_of: Moment
    }, "ON CONFLICT (code) DO UPDATE SET removed = excluded.removed, source_version = excluded.source_version, \
        as_of = excluded.as_of WHERE excluded.source_version > known_categories.source_version")?)
}
