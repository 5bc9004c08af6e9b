//! Configuration: defaults, then `holdfast.toml`, then `HOLDFAST_…` variables. Unknown keys are errors.

mod events;
mod notification;
mod orders;
mod payment;
mod pictures;
mod place;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use ::customer::PictureSettings;
use ::notification::Settings;
use ::payment::Gateway;
use anyhow::{Context, bail};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use kernel::Principal;
use platform::http::{EdgeSettings, Origins};
use platform::store::Database;
use platform::telemetry::LogFormat;
use serde::{Deserialize, Serialize};

pub use self::events::{EventsConfig, Span};
pub use self::notification::NotificationConfig;
pub use self::orders::OrdersConfig;
pub use self::payment::PaymentConfig;
pub use self::pictures::{BucketConfig, PicturesConfig};
pub(crate) use self::place::Place;

/// The modules of this binary. Where connections cannot be shared out equally, those that come first have one more.
pub(crate) const MODULES: [&str; 9] = [
    "order",
    "inventory",
    "catalog",
    "customer",
    "payment",
    "notification",
    "analytics",
    "reference",
    "identity",
];

/// What the operator decides. In the environment, `HOLDFAST_` and the key in capitals, `__` for each dot:
/// `HOLDFAST_MODULES__INVENTORY__DATABASE_URL`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where REST is served.
    pub listen: SocketAddr,
    /// Where `/metrics` is served instead of on `listen`.
    pub metrics_listen: Option<SocketAddr>,
    /// Holds the SQLite files and the generated admin token.
    pub data_dir: PathBuf,
    /// `postgres://…`; SQLite in `data_dir` if unset.
    pub database_url: Option<String>,
    /// Connections to PostgreSQL, all modules together: one for each database, which listens, and equal shares of the rest.
    pub database_connections: u32,
    /// Visible ASCII, best 32 random characters or more; generated and kept in `data_dir` if unset.
    pub admin_token: Option<String>,
    /// Whether the admin token opens anything: off, once there is an owner who can log in.
    pub admin_token_enabled: bool,
    /// Proxies before us whose `X-Forwarded-For` is believed: addresses or networks.
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve REST; what modules do runs on others.
    pub http_threads: NonZeroUsize,
    /// Requests that may run at once.
    pub max_in_flight: usize,
    /// Requests that may wait, 100 ms at most, for one of those to end.
    pub max_queued: usize,
    /// As in `RUST_LOG`, which wins over it.
    pub log: String,
    pub log_format: LogFormat,
    /// The card gateway; without one, cards are refused.
    pub payment: PaymentConfig,
    /// What is done for orders while others are away.
    pub orders: OrdersConfig,
    /// Who writes mails, and where they go.
    pub notification: NotificationConfig,
    /// Where profile pictures are kept.
    pub pictures: PicturesConfig,
    /// What is kept of the event logs, and when a listener lags too far.
    pub events: EventsConfig,
    /// What differs for one module.
    pub modules: BTreeMap<String, ModuleConfig>,
    /// The modules that live in this process; all but those that have a `url` if empty.
    pub only: Vec<String>,
    /// Where modules are that neither live here nor have a `url`.
    pub elsewhere: Option<String>,
    /// What the processes of a shop prove to each other; 32 random characters or more.
    pub internal_secret: Option<String>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModuleConfig {
    /// A database of the module's own.
    pub database_url: Option<String>,
    /// Where the module lives if it is not in this process: `http://host:port`.
    pub url: Option<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            data_dir: PathBuf::from("data"),
            database_url: None,
            database_connections: 32,
            admin_token: None,
            admin_token_enabled: true,
            trusted_proxies: Vec::new(),
            http_threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            max_in_flight: 64,
            max_queued: 64,
            log: "info,actix_server=warn".to_owned(),
            log_format: LogFormat::Pretty,
            payment: PaymentConfig::default(),
            orders: OrdersConfig::default(),
            notification: NotificationConfig::default(),
            pictures: PicturesConfig::default(),
            events: EventsConfig::default(),
            modules: BTreeMap::new(),
            only: Vec::new(),
            elsewhere: None,
            internal_secret: None,
        }
    }
}

impl fmt::Debug for Config {
    /// Leaves out the token, all secrets and the URLs, also the mail server's, which may carry passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("data_dir", &self.data_dir)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Reads `file` if it exists, and the environment; if `only` names modules, it wins over both.
    ///
    /// # Errors
    /// Names the key, where it was set, and what would be right.
    pub fn load(file: &Path, only: Vec<String>) -> anyhow::Result<Config> {
        let mut figment = Figment::from(Serialized::defaults(Config::default()))
            .merge(Toml::file(file))
            .merge(Env::prefixed("HOLDFAST_").split("__"));
        // A variable that looks like a number is one to figment; a token of digits is still a text.
        let texts = [
            "admin_token",
            "data_dir",
            "internal_secret",
            "log",
            "notification.account_link",
            "notification.from",
            "notification.smtp_url",
            "payment.gateway_secret",
            "payment.webhook_secret",
            "pictures.directory",
            "pictures.s3.access_key_id",
            "pictures.s3.bucket",
            "pictures.s3.region",
            "pictures.s3.secret_access_key",
        ];
        for key in texts {
            if let Ok(text) = std::env::var(format!("HOLDFAST_{}", key.replace('.', "__").to_uppercase())) {
                figment = figment.merge((key, text));
            }
        }
        if !only.is_empty() {
            figment = figment.merge(("only", only));
        }
        let config: Config = figment.extract().map_err(|error| anyhow::anyhow!(explain(error)))?;
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> anyhow::Result<()> {
        if let Some(token) = &self.admin_token
            && (token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()))
        {
            bail!("configuration: admin_token must be visible ASCII; unset it to have one generated");
        }
        if self.max_in_flight == 0 {
            bail!("configuration: max_in_flight must be at least 1; 64 is the default");
        }
        self.payment.validate()?;
        self.mails()?;
        self.picture_settings()?;
        if self.here().any(|module| self.share(module) == 0) {
            bail!(
                "configuration: database_connections must be at least {}: one for each module, and one for each database, which \
                 listens",
                self.here().count() + self.databases()
            );
        }
        for (name, module) in &self.modules {
            if !MODULES.contains(&name.as_str()) {
                bail!(
                    "configuration: modules.{name}: there is no such module; there are {}",
                    MODULES.join(", ")
                );
            }
            check_url(&format!("modules.{name}.database_url"), module.database_url.as_deref())?;
        }
        self.validate_places()?;
        check_url("database_url", self.database_url.as_deref())
    }

    /// Where a module's tables live.
    pub(crate) fn database(&self, module: &str) -> Database {
        let own = self.modules.get(module).and_then(|module| module.database_url.clone());
        match own.or_else(|| self.database_url.clone()) {
            Some(url) => Database::Postgres { url, pool: self.share(module).max(1) },
            None => Database::Sqlite { dir: self.data_dir.clone() },
        }
    }

    /// A module's share of the connections, without those that listen.
    fn share(&self, module: &str) -> u32 {
        let pooled = self.database_connections.saturating_sub(u32::try_from(self.databases()).unwrap_or(1));
        let modules = u32::try_from(self.here().count()).unwrap_or(1).max(1);
        let place = self.here().position(|name| name == module).and_then(|place| u32::try_from(place).ok());
        pooled / modules + u32::from(place.is_some_and(|place| place < pooled % modules))
    }

    /// How many PostgreSQL databases this process uses.
    fn databases(&self) -> usize {
        let own = self.here().map(|module| self.modules.get(module)?.database_url.as_ref());
        own.map(|own| own.or(self.database_url.as_ref())).collect::<BTreeSet<_>>().iter().flatten().count()
    }

    fn is_on_sqlite(&self, module: &str) -> bool {
        matches!(self.database(module), Database::Sqlite { .. })
    }

    pub(crate) fn uses_sqlite(&self) -> bool {
        self.here().any(|module| self.is_on_sqlite(module))
    }

    /// `SQLite`, `PostgreSQL` or both, for people.
    pub(crate) fn engine_name(&self) -> &'static str {
        match (self.uses_sqlite(), self.here().all(|module| self.is_on_sqlite(module))) {
            (false, _) => "PostgreSQL",
            (true, true) => "SQLite",
            (true, false) => "SQLite and PostgreSQL",
        }
    }

    /// The card gateway, if there is one.
    pub(crate) fn gateway(&self) -> Option<Gateway> {
        self.payment.gateway()
    }

    /// How mails are written and sent.
    pub(crate) fn mails(&self) -> anyhow::Result<Settings> {
        self.notification.settings(&self.data_dir)
    }

    /// Where profile pictures are kept.
    pub(crate) fn picture_settings(&self) -> anyhow::Result<PictureSettings> {
        self.pictures.settings(&self.data_dir)
    }

    /// Who is believed about where a request comes from.
    pub(crate) fn origins(&self) -> anyhow::Result<Origins> {
        Ok(Origins { proxies: self.trusted_proxies.clone(), secret: self.secret()? })
    }

    pub(crate) fn edge(&self) -> EdgeSettings {
        EdgeSettings { in_flight: self.max_in_flight, queued: self.max_queued }
    }
}

fn check_url(key: &str, url: Option<&str>) -> anyhow::Result<()> {
    match url {
        Some(url) if !url.starts_with("postgres://") && !url.starts_with("postgresql://") => {
            bail!("configuration: {key} must begin with postgres://; unset it for SQLite")
        }
        _ => Ok(()),
    }
}

/// One line per fault: the key as the operator wrote it, and what is wrong.
fn explain(error: figment::Error) -> String {
    let line = |error: figment::Error| {
        let source =
            error.metadata.as_ref().map_or("configuration", |metadata| metadata.name.as_ref()).to_owned();
        let key = error.path.join(".");
        let variable = format!("HOLDFAST_{}", error.path.join("__").to_uppercase());
        match error.kind {
            figment::error::Kind::UnknownField(name, known) => {
                format!("{source}: unknown key `{name}`; the keys are {}", known.join(", "))
            }
            kind => format!("{source}: {key} (in the environment {variable}): {kind}"),
        }
    };
    error.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Reads a configuration as the commands do.
pub(crate) fn load(file: Option<&Path>, only: Vec<String>) -> anyhow::Result<Config> {
    match file {
        Some(file) if !file.exists() => bail!("--config: there is no file {}", file.display()),
        Some(file) => Config::load(file, only),
        None => Config::load(Path::new("holdfast.toml"), only),
    }
    .context("Holdfast cannot start")
}

/// Who the commands act as.
pub(crate) fn operator(command: &'static str) -> Principal {
    Principal::System(command.into())
}

#[cfg(test)]
mod tests;
