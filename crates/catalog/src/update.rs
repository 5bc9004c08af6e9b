//! Changing what a product is called, where it is shown, and whether.

use catalog_api::{Product, ProductId};
use platform::http::IfMatch;
use platform::store::Tx;

use crate::categories;
use crate::create::handle_error;
use crate::error::Error;
use crate::product::{self, ProductPatch};
use crate::store;
use crate::tax_categories;
use platform::Change;

pub(crate) fn update_product(
    tx: &mut Tx<'_>,
    change: &Change,
    id: ProductId,
    expected: &IfMatch,
    patch: &ProductPatch,
) -> Result<Product, Error> {
    let mut product = store::lock(tx, id)?.ok_or_else(|| Error::ProductNotFound(id.to_string()))?;
    expected.check(product.version).map_err(|_| Error::Stale(product.version))?;
    let (before, after) = (product.category.as_ref(), patch.category.as_ref().and_then(Option::as_ref));
    // The category that the product has may be gone: it stays, and the product can be changed.
    if after != before {
        categories::admit(tx, after.map(String::as_str))?;
    }
    // A tax category is never taken away, so asking again for the one that the product has is no harm.
    tax_categories::admit(tx, patch.tax_category.as_ref().and_then(Option::as_deref))?;
    if let Some(event) = product::update(&mut product, patch, change.now) {
        store::update_product(tx, &product).map_err(|error| handle_error(error, &product.handle))?;
        change.append(tx, &product.id, product.version, &event)?;
    }
    Ok(product)
}
