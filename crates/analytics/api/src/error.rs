use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Day, LONGEST};

/// Refusals of the analytics module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum AnalyticsError {
    #[error("{from} is after {to}, the last day asked for")]
    Backwards { from: Day, to: Day },
    #[error("a report covers {LONGEST} days at most, not {0}")]
    TooLong(i64),
}
