use kernel::Event;
use serde::{Deserialize, Serialize};

use crate::Product;

/// Facts about products. Each carries the product as it is after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum CatalogEvent {
    Created { product: Product },
    Updated { product: Product },
    VariantAdded { product: Product, sku: kernel::Sku },
    PricesSet { product: Product, sku: kernel::Sku },
}

impl Event for CatalogEvent {
    const AGGREGATE: &'static str = "product";

    fn event_type(&self) -> &'static str {
        match self {
            CatalogEvent::Created { .. } => "product.created",
            CatalogEvent::Updated { .. } => "product.updated",
            CatalogEvent::VariantAdded { .. } => "product.variant_added",
            CatalogEvent::PricesSet { .. } => "product.prices_set",
        }
    }
}
