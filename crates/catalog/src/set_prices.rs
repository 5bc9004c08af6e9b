//! Replacing the prices of a variant.

use catalog_api::{Product, SetPrices, Variant};
use kernel::Sku;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::error::Error;
use crate::product;
use crate::store;
use platform::Change;

/// A variant after the change, and its product, whose version the change raised.
pub(crate) struct Priced {
    pub variant: Variant,
    pub version: i64,
}

pub(crate) fn set_prices(
    tx: &mut Tx<'_>,
    change: &Change,
    expected: &IfMatch,
    SetPrices { sku, prices }: &SetPrices,
) -> Result<Priced, Error> {
    let unknown = || Error::VariantNotFound(sku.clone());
    let id = store::product_of(tx, sku)?.ok_or_else(unknown)?;
    let mut product = store::lock(tx, id)?.ok_or_else(unknown)?;
    expected.check(product.version).map_err(|_| Error::Stale(product.version))?;
    let event = product::set_prices(&mut product, sku, prices, change.now)?;
    let variant = variant_of(&product, sku).ok_or_else(unknown)?;
    if let Some(event) = event {
        store::replace_prices(tx, variant.id, prices)?;
        store::update_product(tx, &product)?;
        change.append(tx, &product.id, product.version, &event)?;
    }
    Ok(Priced { variant, version: product.version })
}

fn variant_of(product: &Product, sku: &Sku) -> Option<Variant> {
    product.variants.iter().find(|variant| variant.sku == *sku).cloned()
}
