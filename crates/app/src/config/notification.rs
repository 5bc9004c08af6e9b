use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::notification::{Server, Settings, Way};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::Span;

/// Who writes mails, and where they go.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationConfig {
    /// `smtps://user:password@host`, `smtp://…?tls=required` for STARTTLS, or `smtp://host`; unset, each mail is a file in
    /// `<data_dir>/mail`.
    pub smtp_url: Option<String>,
    /// A PEM file with certificates to trust beside the system's, for a mail server of one's own.
    pub smtp_ca: Option<PathBuf>,
    /// Whom mails are from.
    pub from: String,
    /// The page of the shop to which mails about accounts lead, `https://…` with `{token}` in it and, if wanted, `{purpose}`;
    /// without one, mails have the token itself.
    pub account_link: Option<String>,
    /// Where the shop's own news go, such as stock that is running out; without it nobody is told.
    pub shop_email: Option<String>,
    /// The language of mails to those who have said nothing else: `en` or `de`.
    pub locale: String,
    /// What happened longer ago than this when it is heard is not told any more.
    pub max_age: Span,
}

impl Default for NotificationConfig {
    fn default() -> NotificationConfig {
        NotificationConfig {
            smtp_url: None,
            smtp_ca: None,
            from: "Holdfast <shop@localhost>".to_owned(),
            account_link: None,
            shop_email: None,
            locale: "en".to_owned(),
            max_age: Span(Duration::from_secs(24 * 3600)),
        }
    }
}

impl fmt::Debug for NotificationConfig {
    /// Leaves the URL out: it may carry a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationConfig").field("from", &self.from).finish_non_exhaustive()
    }
}

impl NotificationConfig {
    pub(super) fn settings(&self, data_dir: &Path) -> anyhow::Result<Settings> {
        let way = match (&self.smtp_url, &self.smtp_ca) {
            (None, Some(_)) => {
                bail!("configuration: notification.smtp_ca is of use only with notification.smtp_url")
            }
            (None, None) => Way::Files(data_dir.join("mail")),
            (Some(url), ca) => Way::Smtp(named(Server::parse(url, ca.as_deref().map(read).transpose()?))?),
        };
        let shop = self.shop_email.as_deref();
        let settings = named(Settings::try_new(way, &self.from, shop, &self.locale, self.max_age.0))?;
        match &self.account_link {
            Some(link) => named(settings.with_account_link(link)),
            None => Ok(settings),
        }
    }
}

/// Certificates are looked at when they are needed; that the file is there shows now.
fn read(ca: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(ca)
        .with_context(|| format!("configuration: notification.smtp_ca: cannot read {}", ca.display()))
}

fn named<T>(read: Result<T, ::notification::SettingsError>) -> anyhow::Result<T> {
    read.map_err(|error| anyhow::anyhow!("configuration: notification.{error}"))
}
