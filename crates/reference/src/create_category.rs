//! Adding a category to the tree.

use platform::Change;
use platform::store::Tx;
use reference_api::CategoryEvent;

use crate::category::{self, NewCategory};
use crate::error::Error;
use crate::show::Placed;
use crate::store::{categories, taxonomy};

pub(crate) fn create_category(tx: &mut Tx<'_>, change: &Change, new: &NewCategory) -> Result<Placed, Error> {
    taxonomy::lock(tx)?;
    let category = category::create(&categories::tree(tx)?, new, change.now)?;
    categories::save(tx, std::slice::from_ref(&category), false)?;
    let event = CategoryEvent::Created { category: category.clone() };
    change.append(tx, &category.code, category.version, &event)?;
    Placed::find(&categories::tree(tx)?, &category.code)
}
