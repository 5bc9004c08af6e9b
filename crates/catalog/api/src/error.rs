use kernel::Sku;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Refusals of the catalog module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CatalogError {
    #[error("the handle {0} is taken")]
    HandleTaken(String),
    #[error("the SKU {0} is taken")]
    SkuTaken(Sku),
    #[error("there is no SKU {0}")]
    UnknownSku(Sku),
    #[error("there is no category {0}")]
    UnknownCategory(String),
    #[error("there is no tax category {0}")]
    UnknownTaxCategory(String),
    /// The request breaks a rule that REST checks before.
    #[error("{0}")]
    Invalid(String),
}
