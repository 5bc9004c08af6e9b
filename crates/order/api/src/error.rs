use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{OrderId, OrderStatus};

/// Refusals of the order module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum OrderError {
    #[error("there is no order {0}")]
    UnknownOrder(OrderId),
    /// The order cannot be placed as it is asked for; `code` is that of the REST problem, such as
    /// `insufficient-stock`.
    #[error("{code}: {detail}")]
    Refused { code: String, detail: String },
    #[error("the order is {0:?}")]
    WrongStatus(OrderStatus),
}
