//! Renaming a category, and moving it with all that is below it.

use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;
use reference_api::{Category, CategoryEvent};

use crate::category::{self, CategoryPatch};
use crate::error::Error;
use crate::show::Placed;
use crate::store::{categories, taxonomy};

pub(crate) fn update_category(
    tx: &mut Tx<'_>,
    change: &Change,
    code: &str,
    expected: &IfMatch,
    patch: &CategoryPatch,
) -> Result<Placed, Error> {
    taxonomy::lock(tx)?;
    let tree = categories::tree(tx)?;
    let mut category = tree.get(code).cloned().ok_or_else(|| Error::CategoryNotFound(code.to_owned()))?;
    expected.check(category.version).map_err(|_| Error::Stale(category.version))?;
    let events = category::update(&tree, &mut category, patch, change.now)?;
    if !events.is_empty() {
        categories::save(tx, &[category], false)?;
    }
    for event in &events {
        change.append(tx, &code, snapshot(event).version, event)?;
    }
    Placed::find(&categories::tree(tx)?, code)
}

fn snapshot(event: &CategoryEvent) -> &Category {
    match event {
        CategoryEvent::Created { category }
        | CategoryEvent::Renamed { category }
        | CategoryEvent::Moved { category }
        | CategoryEvent::Removed { category } => category,
    }
}
