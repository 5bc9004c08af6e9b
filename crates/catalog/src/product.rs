//! The rules of a product. Nothing here does I/O: what is new, and when, arrives as an argument.

use catalog_api::{CatalogEvent, NewProduct, NewVariant, Product, ProductId, ProductStatus, Variant};
use kernel::{Ids, Money, Sku, Timestamp};

use crate::error::Error;

pub(crate) const MOST_VARIANTS: usize = 100;
/// Of a handle that is made from a title; leaves room for a number behind it.
const MADE_HANDLE: usize = 80;

/// What a PATCH asks for. An absent field stays; a null description, category or tax category goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProductPatch {
    pub title: Option<String>,
    pub handle: Option<String>,
    pub description: Option<Option<String>>,
    pub category: Option<Option<String>>,
    pub tax_category: Option<Option<String>>,
    pub status: Option<ProductStatus>,
}

pub(crate) fn create(new: &NewProduct, handle: String, ids: &Ids, now: Timestamp) -> Product {
    Product {
        id: ids.next(now),
        title: new.title.clone(),
        handle,
        description: new.description.clone(),
        category: new.category.clone(),
        tax_category: new.tax_category.clone(),
        status: new.status,
        variants: new.variants.iter().map(|variant| create_variant(variant, ids, now)).collect(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Ids rise, so variants in the order of their ids are in the order they were given.
pub(crate) fn create_variant(new: &NewVariant, ids: &Ids, now: Timestamp) -> Variant {
    Variant {
        id: ids.next(now),
        sku: new.sku.clone(),
        title: new.title.clone(),
        options: new.options.clone(),
        prices: new.prices.clone(),
    }
}

/// Applies a patch. `None` if it asks for what is so already.
pub(crate) fn update(product: &mut Product, patch: &ProductPatch, now: Timestamp) -> Option<CatalogEvent> {
    let changed = [
        set(&mut product.title, patch.title.as_ref()),
        set(&mut product.handle, patch.handle.as_ref()),
        set(&mut product.description, patch.description.as_ref()),
        set(&mut product.category, patch.category.as_ref()),
        set(&mut product.tax_category, patch.tax_category.as_ref()),
        set(&mut product.status, patch.status.as_ref()),
    ];
    if !changed.contains(&true) {
        return None;
    }
    touch(product, now);
    Some(CatalogEvent::Updated { product: product.clone() })
}

fn set<T: PartialEq + Clone>(field: &mut T, to: Option<&T>) -> bool {
    match to {
        Some(to) if to != field => {
            field.clone_from(to);
            true
        }
        _ => false,
    }
}

pub(crate) fn add_variant(
    product: &mut Product,
    variant: Variant,
    now: Timestamp,
) -> Result<CatalogEvent, Error> {
    if product.variants.len() >= MOST_VARIANTS {
        return Err(Error::TooManyVariants);
    }
    let sku = variant.sku.clone();
    product.variants.push(variant);
    touch(product, now);
    Ok(CatalogEvent::VariantAdded { product: product.clone(), sku })
}

/// Replaces all prices of a variant. `None` if they are so already.
pub(crate) fn set_prices(
    product: &mut Product,
    sku: &Sku,
    prices: &[Money],
    now: Timestamp,
) -> Result<Option<CatalogEvent>, Error> {
    let variant = product.variants.iter_mut().find(|variant| variant.sku == *sku);
    let variant = variant.ok_or_else(|| Error::VariantNotFound(sku.clone()))?;
    if variant.prices == prices {
        return Ok(None);
    }
    variant.prices = prices.to_vec();
    let sku = variant.sku.clone();
    touch(product, now);
    Ok(Some(CatalogEvent::PricesSet { product: product.clone(), sku }))
}

fn touch(product: &mut Product, now: Timestamp) {
    product.version = product.version.saturating_add(1);
    product.updated_at = now;
}

/// The handle that a title makes: its ASCII letters and digits in lower case, joined by hyphens. One that has none
/// is called after the id.
pub(crate) fn handle_of(title: &str, id: ProductId) -> String {
    let mut handle = String::with_capacity(title.len().min(MADE_HANDLE));
    for part in title.split(|char: char| !char.is_ascii_alphanumeric()).filter(|part| !part.is_empty()) {
        if !handle.is_empty() {
            handle.push('-');
        }
        handle.extend(part.chars().map(|char| char.to_ascii_lowercase()));
    }
    handle.truncate(MADE_HANDLE);
    match handle.trim_end_matches('-') {
        "" => format!("product-{}", short(id)),
        handle => handle.to_owned(),
    }
}

/// The last characters of an id, which are random.
pub(crate) fn short(id: ProductId) -> String {
    let text = id.to_string();
    text.get(text.len().saturating_sub(8)..).unwrap_or_default().to_owned()
}

/// What `?q=` looks through: a line per field, so that no match spans two.
pub(crate) fn search_text(product: &Product) -> String {
    let fields = [Some(&product.title), product.description.as_ref(), Some(&product.handle)];
    let mut text = String::new();
    for field in fields
        .into_iter()
        .flatten()
        .map(String::as_str)
        .chain(product.variants.iter().map(|v| v.sku.as_str()))
    {
        text.push_str(&field.to_lowercase());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kernel::Currency;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const LATER: Timestamp = Timestamp::from_micros(1_700_000_000_000_001);

    fn new_variant(sku: &str) -> NewVariant {
        NewVariant {
            sku: Sku::parse(sku).unwrap(),
            title: "Black".into(),
            options: BTreeMap::new(),
            prices: vec![Money::new(4999, Currency::EUR)],
        }
    }

    fn lamp() -> Product {
        let new = NewProduct {
            title: "Desk lamp".into(),
            handle: None,
            description: Some("Ünusual".into()),
            category: None,
            tax_category: None,
            status: ProductStatus::Draft,
            variants: vec![new_variant("LAMP-BLK"), new_variant("LAMP-WHT")],
        };
        create(&new, "desk-lamp".into(), &Ids::new(), NOW)
    }

    #[test]
    fn a_patch_changes_what_it_names_and_counts_once() {
        let mut product = lamp();
        let patch = ProductPatch {
            title: Some("Lamp".into()),
            description: Some(None),
            status: Some(ProductStatus::Active),
            ..ProductPatch::default()
        };
        let event = update(&mut product, &patch, LATER);
        assert_eq!(event, Some(CatalogEvent::Updated { product: product.clone() }));
        assert_eq!((product.version, product.updated_at, product.created_at), (2, LATER, NOW));
        assert_eq!((product.title.as_str(), product.description.as_deref()), ("Lamp", None));
        assert_eq!(product.handle, "desk-lamp");
        assert_eq!(update(&mut product, &patch, LATER), None, "the same again changes nothing");
        assert_eq!(update(&mut product, &ProductPatch::default(), LATER), None);
        assert_eq!(product.version, 2);
    }

    #[test]
    fn prices_are_replaced_whatever_the_case_of_the_sku() {
        let mut product = lamp();
        let prices = [Money::new(0, Currency::USD), Money::new(5, Currency::EUR)];
        let sku = Sku::parse("lamp-wht").unwrap();
        let event = set_prices(&mut product, &sku, &prices, LATER).unwrap();
        assert!(matches!(event, Some(CatalogEvent::PricesSet { sku, .. }) if sku.as_str() == "LAMP-WHT"));
        assert_eq!((product.version, product.variants[1].prices.as_slice()), (2, prices.as_slice()));
        assert_eq!(set_prices(&mut product, &sku, &prices, LATER).unwrap(), None);
        let unknown = Sku::parse("LAMP").unwrap();
        assert!(matches!(set_prices(&mut product, &unknown, &[], LATER), Err(Error::VariantNotFound(_))));
    }

    #[test]
    fn a_product_has_at_most_a_hundred_variants() {
        let (mut product, ids) = (lamp(), Ids::new());
        for n in product.variants.len()..MOST_VARIANTS {
            let variant = create_variant(&new_variant(&format!("SKU-{n}")), &ids, NOW);
            assert!(add_variant(&mut product, variant, NOW).is_ok());
        }
        let version = product.version;
        let one_more = create_variant(&new_variant("MORE"), &ids, NOW);
        assert!(matches!(add_variant(&mut product, one_more, NOW), Err(Error::TooManyVariants)));
        assert_eq!((product.variants.len(), product.version), (MOST_VARIANTS, version));
    }

    #[test]
    fn an_order_line_names_product_and_variant() {
        use catalog_api::line_title;
        assert_eq!(line_title("Desk lamp", "Black"), "Desk lamp, Black");
        assert_eq!(line_title("Desk lamp", "Default"), "Desk lamp");
        assert_eq!(line_title("Desk lamp", ""), "Desk lamp");
    }

    #[test]
    fn titles_make_handles() {
        let id = lamp().id;
        assert_eq!(handle_of("  Desk Lamp (2nd, Größe XL)!", id), "desk-lamp-2nd-gr-e-xl");
        assert_eq!(handle_of("ランプ", id), format!("product-{}", short(id)));
    }

    #[test]
    fn search_looks_through_every_field_and_never_across_two() {
        let text = search_text(&lamp());
        for part in ["desk lamp", "ünusual", "desk-lamp", "lamp-blk", "lamp-wht"] {
            assert!(text.contains(part), "{part} in {text:?}");
        }
        assert!(!text.contains("lampü"));
    }

    proptest! {
        #[test]
        fn a_made_handle_is_a_handle(title in "\\PC{0,200}") {
            let handle = handle_of(&title, lamp().id);
            prop_assert!(platform::http::rules::slug(100)(&handle, &()).is_ok(), "{handle:?}");
            prop_assert!(handle.len() <= MADE_HANDLE);
        }
    }
}
