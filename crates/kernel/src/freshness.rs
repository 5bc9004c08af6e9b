use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// Where a fact that another module owns was copied from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
pub struct Freshness {
    /// The module that owns it.
    pub source: String,
    pub source_version: i64,
    /// When it was so.
    pub as_of: Timestamp,
}
