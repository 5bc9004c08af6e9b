//! What the shop decides about its mails.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use url::Url;

use crate::locale::Locale;
use crate::mail::Party;

/// Who writes, to whom, in which language, and by which way.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) from: Mailbox,
    /// For news that are the shop's own.
    pub(crate) shop: Option<Party>,
    pub(crate) locale: Locale,
    pub(crate) max_age: Duration,
    pub(crate) way: Way,
    /// A page of the shop that takes the token of a letter about an account, with `{token}` and `{purpose}` to be filled in.
    /// Without one, the token itself is in the mail.
    pub(crate) account_link: Option<String>,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Way {
    /// Into this directory, a file each.
    Files(PathBuf),
    Smtp(Server),
}

/// A mail server, and how to talk to it.
#[derive(Clone)]
pub struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) security: Security,
    pub(crate) credentials: Option<Credentials>,
    /// Certificates to trust beside the system's, as PEM.
    pub(crate) ca: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Security {
    Plain,
    /// Plain at first; without STARTTLS nothing is sent.
    StartTls,
    Tls,
}

/// Why a setting cannot be used. Names the setting, never its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} {fault}")]
pub struct SettingsError {
    pub setting: &'static str,
    pub fault: &'static str,
}

impl fmt::Debug for Server {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("security", &self.security)
            .finish_non_exhaustive()
    }
}

const SCHEMES: &str =
    "must be smtps://host, smtp://host?tls=required, or smtp://host for a server without TLS";
const PAGE: &str = "must be a page, like: https://lamps.example/account/{purpose}#{token}";

impl Settings {
    /// `from` and `shop` are addresses, with a name or without: `Lamps & Co <orders@lamps.example>`.
    ///
    /// # Errors
    /// [`SettingsError`] for the first that is wrong.
    pub fn try_new(
        way: Way,
        from: &str,
        shop: Option<&str>,
        locale: &str,
        max_age: Duration,
    ) -> Result<Settings, SettingsError> {
        const ADDRESS: &str = "must be an address, like: Lamps <orders@lamps.example>";
        let mailbox = |setting, text: &str| -> Result<Mailbox, SettingsError> {
            text.parse().map_err(|_| SettingsError { setting, fault: ADDRESS })
        };
        let from = mailbox("from", from)?;
        let shop = shop.map(|shop| mailbox("shop_email", shop)).transpose()?;
        let shop = shop.map(|shop| Party { name: shop.name, email: shop.email.to_string() });
        let fault = "must be a language that mails are written in: en or de";
        let locale = Locale::parse(locale).ok_or(SettingsError { setting: "locale", fault })?;
        Ok(Settings { from, shop, locale, max_age, way, account_link: None })
    }

    /// Has mails about accounts lead to a page of the shop, such as `https://lamps.example/account/{purpose}#{token}`. It is
    /// `https`, or on this machine: whoever reads the token on its way can choose the password.
    ///
    /// # Errors
    /// [`SettingsError`] when that is no such page, or has no `{token}`.
    pub fn with_account_link(self, link: &str) -> Result<Settings, SettingsError> {
        let wrong = |fault| SettingsError { setting: "account_link", fault };
        if !link.contains("{token}") {
            return Err(wrong("has no {token}"));
        }
        let filled = link.replace("{token}", "token").replace("{purpose}", "purpose");
        let url = Url::parse(&filled).map_err(|_| wrong(PAGE))?;
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => Ok(()),
            ("http", Some(host)) if is_here(host.trim_matches(['[', ']'])) => Ok(()),
            _ => Err(wrong(PAGE)),
        }?;
        Ok(Settings { account_link: Some(link.to_owned()), ..self })
    }
}

impl Server {
    /// Reads `smtps://user:password@host:port`, `smtp://…?tls=required` for STARTTLS, or `smtp://host` for neither; user and
    /// password are percent-encoded, and are never sent unencrypted but to this machine.
    ///
    /// # Errors
    /// [`SettingsError`], without the URL, which may hold a password.
    pub fn parse(url: &str, ca: Option<Vec<u8>>) -> Result<Server, SettingsError> {
        let wrong = |fault| SettingsError { setting: "smtp_url", fault };
        let url = Url::parse(url).map_err(|_| wrong(SCHEMES))?;
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Security::Tls, 465),
            ("smtp", Some("tls=required")) => (Security::StartTls, 587),
            ("smtp", None) => (Security::Plain, 25),
            _ => return Err(wrong(SCHEMES)),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong(SCHEMES))?;
        if !matches!(url.path(), "" | "/") {
            return Err(wrong(SCHEMES));
        }
        let credentials =
            credentials(&url).ok_or_else(|| wrong("has a user or password that cannot be decoded"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if credentials.is_some() && security == Security::Plain && !is_here(host) {
            return Err(wrong("would send the password unencrypted: use smtps:// or ?tls=required"));
        }
        Ok(Server { host: host.to_owned(), port: url.port().unwrap_or(port), security, credentials, ca })
    }
}

/// The outer `None` when they are no text.
fn credentials(url: &Url) -> Option<Option<Credentials>> {
    let decode = |text| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
    match (url.username(), url.password()) {
        ("", None) => Some(None),
        (user, password) => {
            Some(Some(Credentials::new(decode(user)?, decode(password.unwrap_or_default())?)))
        }
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_how_to_talk_to_the_server() {
        let read = |url| Server::parse(url, None).map(|server| (server.host, server.port, server.security));
        for (url, host, port, security) in [
            ("smtps://mail.example", "mail.example", 465, Security::Tls),
            ("smtps://u:p@mail.example:2465/", "mail.example", 2465, Security::Tls),
            ("smtp://u:p@mail.example?tls=required", "mail.example", 587, Security::StartTls),
            ("smtp://mail.example", "mail.example", 25, Security::Plain),
            ("smtp://u:p@localhost:1025", "localhost", 1025, Security::Plain),
            ("smtp://u:p@[::1]:1025", "::1", 1025, Security::Plain),
        ] {
            assert_eq!(read(url), Ok((host.to_owned(), port, security)), "{url}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_being_repeated() {
        for url in [
            "mail.example",
            "http://u:geheim@mail.example",
            "smtp://",
            "smtp://u:geheim@mail.example",
            "smtp://u:geheim@mail.example?tls=opportunistic",
            "smtps://u:geheim@mail.example/hello",
            "smtps://u:%ff@mail.example",
        ] {
            let error = Server::parse(url, None).unwrap_err();
            assert_eq!(error.setting, "smtp_url");
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        let server = Server::parse("smtps://u:geheim%40@mail.example", None).unwrap();
        assert_eq!(server.credentials, Some(Credentials::new("u".into(), "geheim@".into())));
        let settings =
            Settings::try_new(Way::Smtp(server), "a@b.example", None, "de", Duration::ZERO).unwrap();
        assert!(!format!("{settings:?}").contains("geheim"));
    }

    #[test]
    fn a_page_that_takes_tokens_keeps_them_secret() {
        let with = |link: &str| {
            let settings =
                Settings::try_new(Way::Files("mail".into()), "a@b.example", None, "en", Duration::ZERO);
            settings.unwrap().with_account_link(link).map(|settings| settings.account_link)
        };
        for link in [
            "https://lamps.example/{purpose}#{token}",
            "https://lamps.example/account?for={purpose}&token={token}",
            "http://localhost:3000/{token}",
            "http://[::1]:3000/{token}",
        ] {
            assert_eq!(with(link), Ok(Some(link.to_owned())));
        }
        for link in [
            "http://lamps.example/{token}",
            "javascript:alert('{token}')",
            "lamps.example/{token}",
            "https://lamps.example/{purpose}",
        ] {
            assert_eq!(with(link).unwrap_err().setting, "account_link", "{link}");
        }
    }

    #[test]
    fn a_fault_names_its_setting() {
        let way = || Way::Files("mail".into());
        let fault = |from, shop, locale| {
            Settings::try_new(way(), from, shop, locale, Duration::ZERO).map_err(|error| error.setting).err()
        };
        assert_eq!(fault("Lamps <a@b.example>", Some("me@b.example"), "de-AT"), None);
        assert_eq!(fault("Lamps", None, "en"), Some("from"));
        assert_eq!(fault("a@b.example", Some("nobody"), "en"), Some("shop_email"));
        assert_eq!(fault("a@b.example", None, "fr"), Some("locale"));
    }
}
