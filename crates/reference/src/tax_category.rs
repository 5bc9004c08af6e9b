//! Adding tax categories, and renaming them.

use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;
use reference_api::{TaxCategory, TaxCategoryEvent};

use crate::error::Error;
use crate::store::{tax_categories, taxonomy};

/// Its id in the event log, in which categories go by their mere codes.
pub(crate) fn aggregate(code: &str) -> String {
    format!("tax:{code}")
}

pub(crate) fn create_tax_category(
    tx: &mut Tx<'_>,
    change: &Change,
    code: &str,
    title: &str,
) -> Result<TaxCategory, Error> {
    // There is no row yet that two who create the same one could take turns at.
    taxonomy::lock(tx)?;
    if tax_categories::find(tx, code)?.is_some() {
        return Err(Error::TaxCategoryTaken(code.to_owned()));
    }
    let tax_category = TaxCategory {
        code: code.to_owned(),
        title: title.to_owned(),
        version: 1,
        created_at: change.now,
        updated_at: change.now,
    };
    tax_categories::save(tx, std::slice::from_ref(&tax_category))?;
    let event = TaxCategoryEvent::Added { tax_category: tax_category.clone() };
    change.append(tx, &aggregate(code), tax_category.version, &event)?;
    Ok(tax_category)
}

pub(crate) fn update_tax_category(
    tx: &mut Tx<'_>,
    change: &Change,
    code: &str,
    expected: &IfMatch,
    title: Option<&str>,
) -> Result<TaxCategory, Error> {
    let absent = || Error::TaxCategoryNotFound(code.to_owned());
    let mut tax_category = tax_categories::lock(tx, code)?.ok_or_else(absent)?;
    expected.check(tax_category.version).map_err(|_| Error::Stale(tax_category.version))?;
    let Some(title) = title.filter(|title| *title != tax_category.title) else { return Ok(tax_category) };
    title.clone_into(&mut tax_category.title);
    tax_category.version = tax_category.version.saturating_add(1);
    tax_category.updated_at = change.now;
    tax_categories::save(tx, std::slice::from_ref(&tax_category))?;
    let event = TaxCategoryEvent::Updated { tax_category: tax_category.clone() };
    change.append(tx, &aggregate(code), tax_category.version, &event)?;
    Ok(tax_category)
}
