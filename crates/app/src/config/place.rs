//! Which modules live in this process, and where the others are.

use anyhow::{Context, bail};
use platform::remote::{self, Network, Secret};

use super::{Config, MODULES};

/// Where a module lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// In this process.
    Here,
    /// In the process that answers at this URL.
    At(&'a str),
}

impl Config {
    /// Every process of a shop may read the same file: what `only` names lives here, whatever its `url` is.
    pub(crate) fn place(&self, module: &str) -> Place<'_> {
        let url = self.modules.get(module).and_then(|module| module.url.as_deref());
        let here =
            if self.only.is_empty() { url.is_none() } else { self.only.iter().any(|name| name == module) };
        // That there is one of them was validated.
        if here { Place::Here } else { Place::At(url.or(self.elsewhere.as_deref()).unwrap_or_default()) }
    }

    /// The modules that live in this process.
    pub(crate) fn here(&self) -> impl Iterator<Item = &'static str> {
        MODULES.into_iter().filter(|module| self.place(module) == Place::Here)
    }

    /// Whether some module lives in another process.
    pub(crate) fn is_split(&self) -> bool {
        self.here().count() < MODULES.len()
    }

    /// The way to other processes; `None` if there are none.
    pub(crate) fn network(&self) -> anyhow::Result<Option<Network>> {
        let secret = self.secret()?.filter(|_| self.is_split());
        secret.map(Network::new).transpose().context("configuration: internal_secret")
    }

    /// What other processes prove themselves with.
    pub(crate) fn secret(&self) -> anyhow::Result<Option<Secret>> {
        let secret = self.internal_secret.as_deref().map(Secret::try_new);
        secret.transpose().context("configuration: internal_secret")
    }

    pub(super) fn validate_places(&self) -> anyhow::Result<()> {
        if let Some(name) = self.only.iter().find(|name| !MODULES.contains(&name.as_str())) {
            bail!("configuration: only: there is no module {name}; there are {}", MODULES.join(", "));
        }
        if self.secret()?.is_none() {
            if self.is_split() {
                bail!(
                    "configuration: internal_secret is missing; the processes of a shop share one of 32 random characters or \
                     more (HOLDFAST_INTERNAL_SECRET)"
                );
            }
            return Ok(());
        }
        for module in MODULES {
            let Place::At(url) = self.place(module) else { continue };
            if url.is_empty() {
                bail!(
                    "configuration: modules.{module}.url is missing; {module} does not live in this process, so say where it \
                     is, or set elsewhere to where all such modules are"
                );
            }
            remote::check_url(url).with_context(|| format!("configuration: the URL of {module}"))?;
        }
        if self.is_split() && self.admin_token_enabled && self.admin_token.is_none() {
            bail!(
                "configuration: admin_token is missing; the processes of a shop share one (HOLDFAST_ADMIN_TOKEN)"
            );
        }
        Ok(())
    }
}
