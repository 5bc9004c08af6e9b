//! Adding a variant to a product.

use catalog_api::{NewVariant, Product, ProductId};
use platform::store::Tx;

use crate::create::insert_variants;
use crate::error::Error;
use crate::product;
use crate::store;
use platform::Change;

pub(crate) fn add_variant(
    tx: &mut Tx<'_>,
    change: &Change,
    id: ProductId,
    new: &NewVariant,
) -> Result<Product, Error> {
    let mut product = store::lock(tx, id)?.ok_or_else(|| Error::ProductNotFound(id.to_string()))?;
    let variant = product::create_variant(new, &change.ids, change.now);
    let event = product::add_variant(&mut product, variant.clone(), change.now)?;
    insert_variants(tx, &product, &[variant])?;
    store::update_product(tx, &product)?;
    change.append(tx, &product.id, product.version, &event)?;
    Ok(product)
}
