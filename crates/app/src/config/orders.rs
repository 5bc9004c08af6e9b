use ::order::Settings;
use serde::{Deserialize, Serialize};

/// What is done for orders while others are away.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrdersConfig {
    /// Whether an order is accepted while the customer module is away, if the order module has a copy of the customer and the
    /// address. It is reviewed once the module is back. Otherwise it is answered with 503.
    pub accept_without_customer: bool,
}

impl OrdersConfig {
    pub(crate) fn settings(self) -> Settings {
        Settings { accept_without_customer: self.accept_without_customer }
    }
}
