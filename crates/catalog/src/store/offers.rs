//! What quotes read.

use std::collections::HashMap;

use catalog_api::{ProductId, ProductStatus};
use diesel::prelude::*;
use kernel::{Currency, Money, Sku};
use platform::on;
use platform::store::{Db, Key, StoreError};

use super::{PriceRow, sku, status};
use crate::schema::{prices, products, variants};

/// A variant with what a quote needs of its product.
pub(crate) struct Offer {
    pub variant: Key,
    pub sku: Sku,
    pub variant_title: String,
    pub product: ProductId,
    pub product_title: String,
    pub status: ProductStatus,
    pub version: i64,
}

type OfferRow = (String, Key, String, String, Key, String, String, i64);

/// The variants with these SKUs, by key.
pub(crate) fn find_all(db: &mut Db<'_>, keys: &[String]) -> Result<HashMap<String, Offer>, StoreError> {
    let rows: Vec<OfferRow> = on!(db, |conn| variants::table
        .inner_join(products::table)
        .filter(variants::sku_key.eq_any(keys))
        .select((
            variants::sku_key,
            variants::id,
            variants::sku,
            variants::title,
            products::id,
            products::title,
            products::status,
            products::version,
        ))
        .load(conn))?;
    rows.into_iter().map(offer).collect()
}

fn offer(row: OfferRow) -> Result<(String, Offer), StoreError> {
    let (key, variant, text, variant_title, product, product_title, state, version) = row;
    let product: ProductId = product.id();
    let offer = Offer {
        variant,
        sku: sku(&text, variant)?,
        variant_title,
        product,
        product_title,
        status: status(&state, product)?,
        version,
    };
    Ok((key, offer))
}

/// The prices of these variants in these currencies.
pub(crate) fn prices_of(
    db: &mut Db<'_>,
    variants: &[Key],
    currencies: &[&str],
) -> Result<HashMap<(Key, Currency), Money>, StoreError> {
    let rows: Vec<PriceRow> = on!(db, |conn| prices::table
        .filter(prices::variant_id.eq_any(variants))
        .filter(prices::currency.eq_any(currencies))
        .select(PriceRow::as_select())
        .load(conn))?;
    rows.iter().map(|row| row.money().map(|price| ((row.variant_id, price.currency()), price))).collect()
}
