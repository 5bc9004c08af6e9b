#![doc = include_str!("../README.md")]

mod behaviour;
mod book;
mod server;
mod webhooks;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, web};
use kernel::Clock;
use tokio::task::JoinHandle;

use self::behaviour::Script;
pub use self::behaviour::{Behaviour, Chances, Fault, Operation, Webhooks};
use self::book::Book;
pub use self::book::{Entry, EntryKind, Event};
use self::server::State;
pub use self::webhooks::Hook;
use self::webhooks::Sender;

/// How a simulator is set up.
#[derive(Clone)]
pub struct Settings {
    pub listen: SocketAddr,
    /// What a merchant must show.
    pub secret: String,
    pub hook: Hook,
    pub chances: Chances,
    /// For the time in signatures.
    pub clock: Arc<dyn Clock>,
}

/// A gateway that runs. It ends with the process, or by [`Simulator::stop`].
pub struct Simulator {
    address: SocketAddr,
    state: web::Data<State>,
    server: ServerHandle,
    task: JoinHandle<std::io::Result<()>>,
}

impl Simulator {
    /// Starts listening; must be called on a tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(settings: Settings) -> std::io::Result<Simulator> {
        let listener = TcpListener::bind(settings.listen)?;
        let address = listener.local_addr()?;
        let Settings { secret, hook, chances, clock, .. } = settings;
        let book = Book::new(format!("http://{address}"));
        let state = web::Data::new(State::new(secret, Sender::new(hook, clock), book, Script::new(chances)));
        let shared = state.clone();
        let server = HttpServer::new(move || App::new().app_data(shared.clone()).configure(server::routes))
            .workers(1)
            .disable_signals()
            .shutdown_timeout(1)
            .listen(listener)?
            .run();
        let handle = server.handle();
        Ok(Simulator { address, state, server: handle, task: tokio::spawn(server) })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All that ever happened to money here.
    pub fn ledger(&self) -> Vec<Entry> {
        self.state.desk().book.ledger.clone()
    }

    /// Makes requests to come go wrong.
    pub fn behave(&self, operation: Operation, fault: Fault, times: u32) {
        self.state.desk().script.add(Behaviour { operation, fault, times });
    }

    pub fn send_webhooks(&self, webhooks: Webhooks) {
        self.state.desk().script.webhooks = webhooks;
    }

    /// Every event so far, oldest first, sent or not.
    pub fn events(&self) -> Vec<Event> {
        self.state.desk().book.events.clone()
    }

    /// How many requests to act were carried out or replayed, whether or not they were answered.
    pub fn answered(&self) -> usize {
        self.state.desk().book.acted
    }

    /// Value of `Gateway-Signature` for a body that is sent now.
    pub fn sign(&self, body: &str) -> String {
        self.state.sender.sign(body)
    }

    /// Serves until the process is told to stop.
    ///
    /// # Errors
    /// When the server ended badly.
    pub async fn wait(self) -> std::io::Result<()> {
        self.task.await.map_err(std::io::Error::other)?
    }

    /// Breaks all connections.
    pub async fn stop(self) {
        self.server.stop(false).await;
    }
}
