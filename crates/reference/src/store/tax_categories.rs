use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use kernel::PageRequest;
use platform::store::{Db, Moment, StoreError, Time, Tx, by_bytes, one_of};
use platform::{insert_all, on, on_locked};
use reference_api::{TaxCategory, WalkCodes};

use crate::schema::tax_categories;

#[derive(Queryable, Selectable)]
#[diesel(table_name = tax_categories)]
struct TaxCategoryRow {
    code: String,
    title: String,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

impl From<TaxCategoryRow> for TaxCategory {
    fn from(row: TaxCategoryRow) -> TaxCategory {
        TaxCategory {
            code: row.code,
            title: row.title,
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}

pub(crate) fn find(db: &mut Db<'_>, code: &str) -> Result<Option<TaxCategory>, StoreError> {
    let row: Option<TaxCategoryRow> = on!(db, |conn| tax_categories::table
        .find(code)
        .select(TaxCategoryRow::as_select())
        .first(conn)
        .optional())?;
    Ok(row.map(TaxCategory::from))
}

pub(crate) fn find_all(db: &mut Db<'_>, codes: &[String]) -> Result<Vec<TaxCategory>, StoreError> {
    let rows: Vec<TaxCategoryRow> = on!(db, |conn| tax_categories::table
        .filter(one_of(tax_categories::code, codes))
        .select(TaxCategoryRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(TaxCategory::from).collect())
}

/// All, in the order of their codes.
pub(crate) fn walk(db: &mut Db<'_>, walk: &WalkCodes) -> Result<Vec<TaxCategory>, StoreError> {
    let after = walk.after.as_deref().unwrap_or_default();
    let rows: Vec<TaxCategoryRow> = on!(db, |conn| tax_categories::table
        .filter(by_bytes(tax_categories::code).gt(after))
        .order(by_bytes(tax_categories::code))
        .limit(walk.limit.into())
        .select(TaxCategoryRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(TaxCategory::from).collect())
}

/// A tax category that the transaction is about to change.
pub(crate) fn lock(tx: &mut Tx<'_>, code: &str) -> Result<Option<TaxCategory>, StoreError> {
    let row: Option<TaxCategoryRow> = on_locked!(
        tx,
        tax_categories::table.find(code).select(TaxCategoryRow::as_select()),
        |query, conn| query.first(conn).optional()
    )?;
    Ok(row.map(TaxCategory::from))
}

/// By their codes; one row more than the page holds, if there are that many.
pub(crate) fn list(db: &mut Db<'_>, page: &PageRequest<String>) -> Result<Vec<TaxCategory>, StoreError> {
    let rows: Vec<TaxCategoryRow> = on!(db, |conn| {
        let mut query = tax_categories::table.select(TaxCategoryRow::as_select()).into_boxed();
        if let Some(after) = &page.after {
            query = query.filter(tax_categories::code.gt(after));
        }
        query.order(tax_categories::code).limit(page.limit.plus_one()).load(conn)
    })?;
    Ok(rows.into_iter().map(TaxCategory::from).collect())
}

pub(crate) fn save(tx: &mut Tx<'_>, all: &[TaxCategory]) -> Result<(), StoreError> {
    let row = |tax_category: &TaxCategory| TaxCategoryRow {
        code: tax_category.code.clone(),
        title: tax_category.title.clone(),
        version: tax_category.version,
        created_at: tax_category.created_at.into(),
        updated_at: tax_category.updated_at.into(),
    };
    let rows: Vec<TaxCategoryRow> = all.iter().map(row).collect();
    Ok(insert_all!(tx, tax_categories, &rows, {
        code: Text, title: Text, version: BigInt, created_at: Moment, updated_at: Moment
    }, "ON CONFLICT (code) DO UPDATE SET title = excluded.title, version = excluded.version, \
        updated_at = excluded.updated_at")?)
}
