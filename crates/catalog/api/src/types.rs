use std::collections::BTreeMap;

use kernel::{Bounded, Currency, Money, Sku, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

kernel::id_kinds! {
    /// Something the shop shows.
    ProductKind / ProductId = "prod";
    /// One form of a product, which can be bought.
    VariantKind / VariantId = "var";
}

/// Whether a product can be seen and bought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// In the making: staff only.
    #[default]
    Draft,
    /// For sale.
    Active,
    /// No longer for sale; kept for its orders.
    Archived,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewProduct {
    pub title: String,
    /// Made from the title if `None`.
    pub handle: Option<String>,
    pub description: Option<String>,
    pub category: Option<String>,
    #[serde(default)]
    pub tax_category: Option<String>,
    pub status: ProductStatus,
    pub variants: Vec<NewVariant>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewVariant {
    pub sku: Sku,
    pub title: String,
    pub options: BTreeMap<String, String>,
    /// One per currency at most.
    pub prices: Vec<Money>,
}

/// A product as the owner shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Product {
    pub id: ProductId,
    pub title: String,
    /// Unique; the product's name in URLs.
    pub handle: String,
    pub description: Option<String>,
    pub category: Option<String>,
    /// How tax law counts it: a code of the reference module's tax categories.
    #[serde(default)]
    #[schema(required)]
    pub tax_category: Option<String>,
    pub status: ProductStatus,
    pub variants: Vec<Variant>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Variant {
    pub id: VariantId,
    pub sku: Sku,
    pub title: String,
    /// Such as `{"colour": "black"}`.
    pub options: BTreeMap<String, String>,
    /// One per currency at most.
    pub prices: Vec<Money>,
}

/// The title of an order line: `Desk lamp, Black`, or `Desk lamp` where the variant has no name of its own.
pub fn line_title(product: &str, variant: &str) -> String {
    match variant {
        "" | "Default" => product.to_owned(),
        variant => format!("{product}, {variant}"),
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetPrices {
    pub sku: Sku,
    pub prices: Vec<Money>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WalkProducts {
    /// Only those that come after this one.
    pub after: Option<ProductId>,
    pub limit: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Products {
    pub products: Vec<Product>,
}

/// Asks for the price of each SKU, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteLines {
    pub currency: Currency,
    pub skus: Vec<Sku>,
}

/// One answer per SKU asked for, in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    pub lines: Vec<LineQuote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LineQuote {
    Priced(PricedLine),
    Refused(QuoteRefusal),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PricedLine {
    /// As the catalog writes it.
    pub sku: Sku,
    pub product_id: ProductId,
    /// Product and variant, `Desk lamp, Black`.
    pub title: String,
    pub unit_price: Money,
    /// Version of the product.
    pub source_version: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuoteRefusal {
    UnknownSku,
    /// The product is not active.
    NotPurchasable,
    /// There is no price in that currency.
    PriceMissing,
}

impl Bounded for WalkProducts {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        usize::try_from(self.limit).unwrap_or(usize::MAX)
    }
}

impl Bounded for QuoteLines {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.skus.len()
    }
}

impl Bounded for NewProduct {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.variants.len()
    }
}

impl Bounded for SetPrices {
    const MAX_ITEMS: usize = 100;
    fn items(&self) -> usize {
        self.prices.len()
    }
}
