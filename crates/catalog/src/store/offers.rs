//! What quotes read.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use catalog_api::{ProductId, ProductStatus};
use diesel::prelude::*;
use kernel::{Currency, Money, Sku};
use platform::store::{Db, Key, StoreError, one_of};
use platform::{bug, on};

use super::{PriceRow, sku, status};
use crate::schema::{prices, products, variants};

/// A variant with what a quote needs of its product, and its prices in the currencies that were asked for.
pub(crate) struct Offer {
    pub sku: Sku,
    pub variant_title: String,
    pub product: ProductId,
    pub product_title: String,
    pub status: ProductStatus,
    pub version: i64,
    pub prices: HashMap<Currency, Money>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = variants)]
struct VariantPart {
    sku_key: String,
    id: Key,
    sku: String,
    title: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
struct ProductPart {
    id: Key,
    title: String,
    status: String,
    version: i64,
}

/// The variants with these SKUs, by key. One statement, so that price and version belong together.
pub(crate) fn find_all(
    db: &mut Db<'_>,
    keys: &[String],
    currencies: &[&str],
) -> Result<HashMap<String, Offer>, StoreError> {
    let priced = || {
        let of_variant = prices::variant_id.eq(variants::id);
        prices::table.on(of_variant.and(one_of(prices::currency, currencies)))
    };
    let rows: Vec<(VariantPart, ProductPart, Option<PriceRow>)> = on!(db, |conn| variants::table
        .inner_join(products::table)
        .left_join(priced())
        .filter(one_of(variants::sku_key, keys))
        .select((VariantPart::as_select(), ProductPart::as_select(), Option::<PriceRow>::as_select()))
        .load(conn))?;
    let mut offers: HashMap<String, Offer> = HashMap::with_capacity(keys.len());
    for (variant, product, price) in rows {
        let offer = match offers.entry(variant.sku_key.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(offer(variant, product)?),
        };
        if let Some(price) = price {
            let price = price.money()?;
            offer.prices.insert(price.currency(), price);
            bug!(StalePrice => platform::bugs::as_first_seen(offer.product, &offer.sku, &mut offer.prices));
        }
    }
    Ok(offers)
}

fn offer(variant: VariantPart, product: ProductPart) -> Result<Offer, StoreError> {
    let id: ProductId = product.id.id();
    Ok(Offer {
        sku: sku(&variant.sku, variant.id)?,
        variant_title: variant.title,
        product: id,
        product_title: product.title,
        status: status(&product.status, id)?,
        version: product.version,
        prices: HashMap::new(),
    })
}
