//! Taking a category out of the tree. Products that name it keep its code.

use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::category;
use crate::error::Error;
use crate::store::{categories, taxonomy};

pub(crate) fn remove_category(
    tx: &mut Tx<'_>,
    change: &Change,
    code: &str,
    expected: &IfMatch,
) -> Result<(), Error> {
    taxonomy::lock(tx)?;
    let tree = categories::tree(tx)?;
    let mut category = tree.get(code).cloned().ok_or_else(|| Error::CategoryNotFound(code.to_owned()))?;
    expected.check(category.version).map_err(|_| Error::Stale(category.version))?;
    let event = category::remove(&tree, &mut category, change.now)?;
    categories::save(tx, std::slice::from_ref(&category), true)?;
    Ok(change.append(tx, &category.code, category.version, &event)?)
}
