//! What callers may ask for. REST bodies are these types; requests of the API become them to be checked, so that
//! both doors have the same rules.

use std::collections::BTreeMap;

use catalog_api::{CatalogError, NewProduct, NewVariant, ProductStatus, SetPrices};
use garde::Validate;
use kernel::{Currency, Money, Sku};
use platform::http::rules::{clearable, code, line, optional, present, slug, text};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::product::ProductPatch;

pub(crate) const LONGEST_HANDLE: usize = 100;
const LONGEST_TITLE: usize = 200;
const LONGEST_DESCRIPTION: usize = 20_000;
const LONGEST_CATEGORY: usize = 64;
const LONGEST_OPTION: usize = 64;
const MOST_OPTIONS: usize = 10;

/// A product to be created, with its variants.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProduct)]
pub(crate) struct ProductRequest {
    #[garde(custom(line(1, LONGEST_TITLE)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Desk lamp"))]
    title: String,
    /// Made from the title if left out.
    #[garde(custom(optional(slug(LONGEST_HANDLE))))]
    #[schema(max_length = 100, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("desk-lamp"))]
    handle: Option<String>,
    #[garde(custom(optional(text(LONGEST_DESCRIPTION))))]
    #[schema(max_length = 20000, pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$")]
    description: Option<String>,
    #[garde(custom(optional(code(LONGEST_CATEGORY))))]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples("home-lighting"))]
    category: Option<String>,
    /// Code of the tax category; `GET /v1/tax-categories` lists all.
    #[garde(custom(optional(code(LONGEST_CATEGORY))))]
    #[schema(pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples("standard"))]
    tax_category: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    #[schema(default = "draft")]
    status: ProductStatus,
    #[garde(length(min = 1, max = 100), dive, custom(no_sku_twice))]
    #[schema(min_items = 1, max_items = 100)]
    variants: Vec<VariantRequest>,
}

/// A variant to be added to a product.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewVariant)]
pub(crate) struct VariantRequest {
    #[garde(skip)]
    sku: Sku,
    /// What sets it apart from its siblings; empty if there are none.
    #[garde(custom(line(0, LONGEST_TITLE)))]
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Black"))]
    title: String,
    /// Such as `{"colour": "black"}`; at most 10, names and values of 1 to 64 characters.
    #[garde(custom(bounded_options))]
    #[serde(default)]
    options: BTreeMap<String, String>,
    /// One per currency at most.
    #[garde(length(max = 50), dive, custom(one_per_currency))]
    #[serde(default)]
    #[schema(max_items = 50)]
    prices: Vec<Price>,
}

/// All prices of a variant.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    /// One per currency at most.
    #[garde(length(max = 50), dive, custom(one_per_currency))]
    #[schema(max_items = 50)]
    prices: Vec<Price>,
}

/// An amount of money, not below zero.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    /// Minor units of the currency: 4999 is 49.99 EUR.
    #[garde(range(min = 0))]
    #[schema(minimum = 0, examples(4999))]
    amount: i64,
    #[garde(skip)]
    #[schema(inline)]
    currency: Currency,
}

/// What is to change of a product. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProductPatch)]
pub(crate) struct PatchRequest {
    #[garde(custom(optional(line(1, LONGEST_TITLE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    title: Option<String>,
    #[garde(custom(optional(slug(LONGEST_HANDLE))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_length = 100, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    handle: Option<String>,
    /// Null takes it away.
    #[garde(custom(clearable(text(LONGEST_DESCRIPTION))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20000, pattern = r"^[^\x00-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F]*$")]
    description: Option<Option<String>>,
    /// Null takes it away.
    #[garde(custom(clearable(code(LONGEST_CATEGORY))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    category: Option<Option<String>>,
    /// Null takes it away.
    #[garde(custom(clearable(code(LONGEST_CATEGORY))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    tax_category: Option<Option<String>>,
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<ProductStatus>,
}

fn no_sku_twice(variants: &[VariantRequest], (): &()) -> garde::Result {
    let mut keys: Vec<String> = variants.iter().map(|variant| variant.sku.key()).collect();
    keys.sort_unstable();
    unique(&keys, "the same SKU twice; case does not count")
}

fn one_per_currency(prices: &[Price], (): &()) -> garde::Result {
    let mut currencies: Vec<Currency> = prices.iter().map(|price| price.currency).collect();
    currencies.sort_unstable();
    unique(&currencies, "two prices in the same currency")
}

fn unique<T: PartialEq>(sorted: &[T], otherwise: &str) -> garde::Result {
    match sorted.windows(2).any(|pair| pair.first() == pair.last()) {
        true => Err(garde::Error::new(otherwise)),
        false => Ok(()),
    }
}

fn bounded_options(options: &BTreeMap<String, String>, (): &()) -> garde::Result {
    if options.len() > MOST_OPTIONS {
        return Err(garde::Error::new(format_args!("at most {MOST_OPTIONS} options")));
    }
    let rule = line(1, LONGEST_OPTION);
    options.iter().try_for_each(|(name, value)| rule(name, &()).and_then(|()| rule(value, &())))
}

impl From<Price> for Money {
    fn from(price: Price) -> Money {
        Money::new(price.amount, price.currency)
    }
}

impl From<Money> for Price {
    fn from(money: Money) -> Price {
        Price { amount: money.minor(), currency: money.currency() }
    }
}

impl Prices {
    pub(crate) fn of(self, sku: Sku) -> SetPrices {
        SetPrices { sku, prices: self.prices.into_iter().map(Money::from).collect() }
    }
}

impl From<VariantRequest> for NewVariant {
    fn from(variant: VariantRequest) -> NewVariant {
        NewVariant {
            sku: variant.sku,
            title: trimmed(&variant.title),
            options: variant.options,
            prices: variant.prices.into_iter().map(Money::from).collect(),
        }
    }
}

impl From<NewVariant> for VariantRequest {
    fn from(variant: NewVariant) -> VariantRequest {
        VariantRequest {
            sku: variant.sku,
            title: variant.title,
            options: variant.options,
            prices: variant.prices.into_iter().map(Price::from).collect(),
        }
    }
}

impl From<ProductRequest> for NewProduct {
    fn from(product: ProductRequest) -> NewProduct {
        NewProduct {
            title: trimmed(&product.title),
            handle: product.handle,
            description: product.description,
            category: product.category,
            tax_category: product.tax_category,
            status: product.status,
            variants: product.variants.into_iter().map(NewVariant::from).collect(),
        }
    }
}

impl From<NewProduct> for ProductRequest {
    fn from(product: NewProduct) -> ProductRequest {
        ProductRequest {
            title: product.title,
            handle: product.handle,
            description: product.description,
            category: product.category,
            tax_category: product.tax_category,
            status: product.status,
            variants: product.variants.into_iter().map(VariantRequest::from).collect(),
        }
    }
}

impl From<PatchRequest> for ProductPatch {
    fn from(patch: PatchRequest) -> ProductPatch {
        ProductPatch {
            title: patch.title.as_deref().map(trimmed),
            handle: patch.handle,
            description: patch.description,
            category: patch.category,
            tax_category: patch.tax_category,
            status: patch.status,
        }
    }
}

fn trimmed(text: &str) -> String {
    text.trim().to_owned()
}

/// Checks a product that another module asks for.
pub(crate) fn admit_product(new: NewProduct) -> Result<NewProduct, CatalogError> {
    let request = ProductRequest::from(new);
    request.validate().map_err(invalid)?;
    Ok(request.into())
}

/// Checks prices that another module asks for.
pub(crate) fn admit_prices(wanted: &SetPrices) -> Result<(), CatalogError> {
    Prices { prices: wanted.prices.iter().copied().map(Price::from).collect() }.validate().map_err(invalid)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn invalid(report: garde::Report) -> CatalogError {
    CatalogError::Invalid(report.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn lamp() -> Value {
        json!({"title": "Desk lamp", "variants": [{"sku": "LAMP-BLK", "title": "Black",
            "options": {"colour": "black"}, "prices": [{"amount": 4999, "currency": "EUR"}]}]})
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut lamp = lamp();
        match lamp.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => lamp[pointer.trim_start_matches('/')] = value,
        }
        lamp
    }

    /// Where the first rule that it breaks is.
    fn fault(body: Value) -> Option<String> {
        match serde_json::from_value::<ProductRequest>(body) {
            Err(_) => Some("schema".to_owned()),
            Ok(request) => {
                request.validate().err().and_then(|report| Some(report.iter().next()?.0.to_string()))
            }
        }
    }

    #[test]
    fn a_product_needs_a_title_and_a_variant_only() {
        assert_eq!(fault(lamp()), None);
        assert_eq!(fault(json!({"title": "x", "variants": [{"sku": "X"}]})), None);
        let product: NewProduct =
            serde_json::from_value::<ProductRequest>(with("/title", json!(" Lamp "))).unwrap().into();
        assert_eq!((product.title.as_str(), product.status), ("Lamp", ProductStatus::Draft));
    }

    #[test]
    fn faults_are_found_where_they_are() {
        let price = json!({"amount": 1, "currency": "EUR"});
        for (body, place) in [
            (with("/title", json!("  ")), "title"),
            (with("/title", json!("x".repeat(201))), "title"),
            (with("/title", json!("a\nb")), "title"),
            (with("/handle", json!("Desk")), "handle"),
            (with("/category", json!("")), "category"),
            (with("/tax_category", json!("a b")), "tax_category"),
            (with("/description", json!("x".repeat(20_001))), "description"),
            (with("/variants", json!([])), "variants"),
            (with("/variants", json!([{"sku": "a"}, {"sku": "A"}])), "variants"),
            (with("/variants/0/prices/0/amount", json!(-1)), "variants[0].prices[0].amount"),
            (with("/variants/0/prices", json!([price, price])), "variants[0].prices"),
            (with("/variants/0/options", json!({"": "x"})), "variants[0].options"),
            (with("/variants/0/sku", json!("a b")), "schema"),
            (with("/colour", json!("black")), "schema"),
            (with("/variants/0/prices/0/amount", json!(9_223_372_036_854_775_808_u64)), "schema"),
        ] {
            assert_eq!(fault(body.clone()).as_deref(), Some(place), "{body}");
        }
    }

    #[test]
    fn a_patch_tells_absent_from_null() {
        let patch: PatchRequest = serde_json::from_value(json!({"description": null})).unwrap();
        assert_eq!((patch.description, patch.category), (Some(None), None));
        assert!(serde_json::from_value::<PatchRequest>(json!({"title": null})).is_err());
    }

    #[test]
    fn both_doors_have_the_same_rules() {
        let new: NewProduct = serde_json::from_value::<ProductRequest>(lamp()).unwrap().into();
        assert_eq!(admit_product(new.clone()), Ok(new.clone()));
        assert!(matches!(
            admit_product(NewProduct { title: String::new(), ..new }),
            Err(CatalogError::Invalid(_))
        ));
        let prices = vec![Money::new(-1, Currency::EUR)];
        assert!(admit_prices(&SetPrices { sku: Sku::parse("A").unwrap(), prices }).is_err());
    }
}
