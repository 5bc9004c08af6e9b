//! A mail server for tests: it speaks SMTP as `mailin` does, keeps what it is sent, and refuses, dawdles or goes away on
//! command. Mails are read by a parser that is not the one of those who write them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test kit fails by panicking")]

mod behaviour;
mod certificate;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mail_parser::MessageParser;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use self::behaviour::Shared;
pub use self::behaviour::{PASSWORD, USER};
use self::certificate::Certificate;

/// A mail server that runs. It goes away when dropped, and its connections with it.
pub struct MailServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    certificate: Option<Arc<Certificate>>,
    task: JoinHandle<()>,
}

/// Longer than the lease of an attempt that nobody finishes.
const PATIENCE: Duration = Duration::from_secs(90);

/// A mail that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub message_id: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl MailServer {
    /// One that takes any mail.
    pub async fn start() -> MailServer {
        MailServer::start_at(([127, 0, 0, 1], 0).into()).await
    }

    /// The same, where one was before.
    ///
    /// # Panics
    /// When the address cannot be listened on.
    pub async fn start_at(address: SocketAddr) -> MailServer {
        MailServer::listen(address, None).await
    }

    /// One that takes mails only from whom has said STARTTLS, and then the password.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start_with_tls() -> MailServer {
        MailServer::listen(([127, 0, 0, 1], 0).into(), Some(Arc::new(Certificate::new()))).await
    }

    async fn listen(address: SocketAddr, certificate: Option<Arc<Certificate>>) -> MailServer {
        // The one before may not have let go of the address yet.
        let listening = async {
            loop {
                match bind(address) {
                    Ok(listener) => return listener,
                    Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        let listener = tokio::time::timeout(PATIENCE, listening).await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::new(Shared::default()));
        let task = tokio::spawn(serve(listener, Arc::clone(&shared), certificate.clone()));
        MailServer { address, shared, certificate, task }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What accepted mails say, in the order in which they came.
    pub fn mails(&self) -> Vec<Mail> {
        self.shared
            .accepted()
            .iter()
            .map(|accepted| Mail::read(&accepted.from, &accepted.to, &accepted.data))
            .collect()
    }

    /// Answers the next mails with `code`, after their recipient was named.
    pub fn refuse(&self, code: u16, times: u32) {
        self.shared.refuse(code, times);
    }

    /// Keeps what it is sent, and does not say so any more.
    pub fn fall_silent(&self) {
        self.shared.fall_silent();
    }

    /// Waits until so many mails have been accepted in all.
    ///
    /// # Panics
    /// When they are not for a long time.
    pub async fn accepts(&self, many: usize) -> Vec<Mail> {
        let looking = async {
            while self.shared.accepted().len() < many {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, looking).await.is_err() {
            panic!("{} mails, not {many}", self.shared.accepted().len());
        }
        self.mails()
    }

    /// Its own certificate, as PEM.
    ///
    /// # Panics
    /// When it has none.
    pub fn certificate(&self) -> &str {
        &self.certificate.as_ref().unwrap().pem
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    // Connections of the one before may linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(64)
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, certificate: Option<Arc<Certificate>>) {
    let mut sessions = tokio::task::JoinSet::new();
    while let Ok((stream, peer)) = listener.accept().await {
        let acceptor = certificate.as_ref().map(|certificate| certificate.acceptor.clone());
        sessions.spawn(session::hold(stream, peer.ip(), Arc::clone(&shared), acceptor));
        while sessions.try_join_next().is_some() {}
    }
}

impl Mail {
    /// Reads a mail as it lies in a file or came over the wire.
    ///
    /// # Panics
    /// When it is no mail.
    pub fn read(from: &str, to: &[String], data: &[u8]) -> Mail {
        let parsed = MessageParser::default().parse(data).unwrap();
        Mail {
            from: from.to_owned(),
            to: to.to_vec(),
            message_id: parsed.message_id().unwrap().to_owned(),
            subject: parsed.subject().unwrap().to_owned(),
            text: parsed.body_text(0).unwrap().into_owned(),
            html: parsed.body_html(0).unwrap().into_owned(),
            raw: String::from_utf8_lossy(data).into_owned(),
        }
    }
}
