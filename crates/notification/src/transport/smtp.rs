//! A mail server.

use std::error::Error as _;
use std::sync::OnceLock;
use std::time::Duration;

use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::deliver::Undelivered;
use crate::mail::Mail;
use crate::settings::{Security, Server};

/// For each thing that the server is told; all of them together have the effect's deadline.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
pub(super) const CONNECTIONS: u16 = 4;
const IDLE: Duration = Duration::from_secs(60);
/// Replies about our standing with the server, RFC 4954: a wrong password is no fault of the mail.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

pub(crate) struct Smtp {
    server: Server,
    hello_name: String,
    /// Made for the first mail: certificates and connections take memory.
    connections: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
}

impl Smtp {
    pub(super) fn new(server: Server, hello_name: String) -> Smtp {
        Smtp { server, hello_name, connections: OnceLock::new() }
    }

    pub(super) async fn send(&self, mail: &Mail) -> Result<(), Undelivered> {
        let connections = match self.connections.get() {
            Some(connections) => connections,
            None => {
                let made = self.connect().map_err(|error| Undelivered::Later(chain(&error)))?;
                self.connections.get_or_init(|| made)
            }
        };
        match connections.send_raw(&mail.envelope, &mail.bytes).await {
            Ok(_) => Ok(()),
            Err(error) if is_final(&error) => Err(Undelivered::Never(chain(&error))),
            Err(error) => Err(Undelivered::Later(chain(&error))),
        }
    }

    /// Nothing is dialled yet.
    fn connect(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        let Server { host, port, security, credentials, ca } = &self.server;
        let parameters = || {
            let mut parameters = TlsParameters::builder(host.clone());
            if let Some(pem) = ca {
                parameters = parameters.add_root_certificate(Certificate::from_pem(pem)?);
            }
            parameters.build()
        };
        let tls = match security {
            Security::Plain => Tls::None,
            Security::StartTls => Tls::Required(parameters()?),
            Security::Tls => Tls::Wrapper(parameters()?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
            .port(*port)
            .tls(tls)
            .timeout(Some(ANSWERS_WITHIN))
            .hello_name(ClientId::Domain(self.hello_name.clone()))
            .pool_config(PoolConfig::new().max_size(CONNECTIONS.into()).idle_timeout(IDLE));
        if let Some(credentials) = credentials {
            builder = builder.credentials(credentials.clone());
        }
        Ok(builder.build())
    }
}

fn is_final(error: &lettre::transport::smtp::Error) -> bool {
    error.is_permanent() && error.status().is_none_or(|code| !ABOUT_US.contains(&code.into()))
}

/// The error and what caused it. lettre's own text includes the first cause.
fn chain(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source().and_then(|first| first.source());
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
