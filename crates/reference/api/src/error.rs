use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Refusals of the reference module: what others ask of it is never refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceError {}
