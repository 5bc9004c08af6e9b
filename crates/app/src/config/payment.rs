use std::fmt;

use ::payment::Gateway;
use anyhow::bail;
use serde::{Deserialize, Serialize};

/// All three, or none.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PaymentConfig {
    /// Such as `https://api.gateway.example`; `http` only on this machine, for the simulator.
    pub gateway_url: Option<String>,
    /// Proves to the gateway who we are.
    pub gateway_secret: Option<String>,
    /// Proves to us that an event is the gateway's.
    pub webhook_secret: Option<String>,
}

impl fmt::Debug for PaymentConfig {
    /// Leaves the secrets out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentConfig").field("gateway_url", &self.gateway_url).finish_non_exhaustive()
    }
}

impl PaymentConfig {
    pub(super) fn gateway(&self) -> Option<Gateway> {
        let PaymentConfig { gateway_url, gateway_secret, webhook_secret } = self.clone();
        Some(Gateway::new(gateway_url?, gateway_secret?, webhook_secret?))
    }

    pub(super) fn validate(&self) -> anyhow::Result<()> {
        let secrets = [&self.gateway_secret, &self.webhook_secret];
        let Some(url) = &self.gateway_url else {
            if secrets.iter().any(|secret| secret.is_some()) {
                bail!("configuration: payment.gateway_url is missing, where the payment secrets are given");
            }
            return Ok(());
        };
        if secrets.iter().any(|secret| secret.as_deref().is_none_or(str::is_empty)) {
            bail!(
                "configuration: payment.gateway_url needs payment.gateway_secret and payment.webhook_secret"
            );
        }
        let here = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
        if !url.starts_with("https://") && !here.iter().any(|here| url.starts_with(here)) {
            bail!("configuration: payment.gateway_url must begin with https://, or be on this machine");
        }
        Ok(())
    }
}
