use kernel::Event;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Product;

/// Facts about products. Each carries the product as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum CatalogEvent {
    #[serde(rename = "product.created")]
    Created { product: Product },
    #[serde(rename = "product.updated")]
    Updated { product: Product },
    #[serde(rename = "product.variant_added")]
    VariantAdded { product: Product, sku: kernel::Sku },
    #[serde(rename = "product.prices_set")]
    PricesSet { product: Product, sku: kernel::Sku },
}

impl CatalogEvent {
    /// The product after the change.
    pub fn product(&self) -> &Product {
        match self {
            CatalogEvent::Created { product }
            | CatalogEvent::Updated { product }
            | CatalogEvent::VariantAdded { product, .. }
            | CatalogEvent::PricesSet { product, .. } => product,
        }
    }
}

impl Event for CatalogEvent {
    const AGGREGATE: &'static str = "product";
    const TYPES: &'static [&'static str] =
        &["product.created", "product.updated", "product.variant_added", "product.prices_set"];

    fn event_type(&self) -> &'static str {
        match self {
            CatalogEvent::Created { .. } => "product.created",
            CatalogEvent::Updated { .. } => "product.updated",
            CatalogEvent::VariantAdded { .. } => "product.variant_added",
            CatalogEvent::PricesSet { .. } => "product.prices_set",
        }
    }
}
