//! Creating a product with its variants.

use catalog_api::{CatalogEvent, NewProduct, Product, Variant};
use platform::store::{StoreError, Tx};

use crate::error::Error;
use crate::product::{self, handle_of, short};
use crate::store;
use crate::{categories, tax_categories};
use platform::Change;

/// Numbers that are tried behind a handle that was made from a title.
const NUMBERS: u32 = 20;

pub(crate) fn create_product(tx: &mut Tx<'_>, change: &Change, new: &NewProduct) -> Result<Product, Error> {
    categories::admit(tx, new.category.as_deref())?;
    tax_categories::admit(tx, new.tax_category.as_deref())?;
    let mut product = product::create(new, new.handle.clone().unwrap_or_default(), &change.ids, change.now);
    match &new.handle {
        Some(handle) => store::insert_product(tx, &product).map_err(|error| handle_error(error, handle))?,
        None => insert_under_a_made_handle(tx, &mut product)?,
    }
    insert_variants(tx, &product, &product.variants)?;
    change.append(tx, &product.id, product.version, &CatalogEvent::Created { product: product.clone() })?;
    Ok(product)
}

/// The title's own handle, else the first free number behind it, else the end of the id.
fn insert_under_a_made_handle(tx: &mut Tx<'_>, product: &mut Product) -> Result<(), Error> {
    let base = handle_of(&product.title, product.id);
    let numbered = (2..=NUMBERS).map(|number| format!("{base}-{number}"));
    let candidates: Vec<String> = std::iter::once(base.clone()).chain(numbered).collect();
    let taken = store::taken_handles(tx, &candidates)?;
    for handle in candidates.into_iter().filter(|handle| !taken.contains(handle)) {
        product.handle = handle;
        // Another transaction may take it at the same moment: then the next one is tried.
        match tx.savepoint(|tx| store::insert_product(tx, product)) {
            Err(StoreError::Duplicate(name)) if name == store::HANDLE_UNIQUE => {}
            done => return Ok(done?),
        }
    }
    product.handle = format!("{base}-{}", short(product.id));
    store::insert_product(tx, product).map_err(|error| handle_error(error, &product.handle))
}

pub(crate) fn handle_error(error: StoreError, handle: &str) -> Error {
    match error {
        StoreError::Duplicate(name) if name == store::HANDLE_UNIQUE => Error::HandleTaken(handle.to_owned()),
        other => other.into(),
    }
}

/// Inserts variants of a product that is there, or says which SKU is taken.
pub(crate) fn insert_variants(tx: &mut Tx<'_>, product: &Product, new: &[Variant]) -> Result<(), Error> {
    match tx.savepoint(|tx| store::insert_variants(tx, product.id, new)) {
        Err(StoreError::Duplicate(name)) if name == store::SKU_UNIQUE => {
            let keys: Vec<String> = new.iter().map(|variant| variant.sku.key()).collect();
            let taken = store::taken_skus(tx, &keys)?;
            let named = new.iter().find(|variant| taken.contains(&variant.sku.key()));
            // None is named when the same request has the SKU twice.
            Err(named
                .or(new.first())
                .map_or(StoreError::Duplicate(name).into(), |v| Error::SkuTaken(v.sku.clone())))
        }
        done => Ok(done?),
    }
}
