//! A running shop: opened, served, drained.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web;
use anyhow::{Context, bail};
use kernel::{Around, Clock, Ids, ManualClock, SystemClock};
use metrics_exporter_prometheus::PrometheusHandle;
use platform::Violation;
use platform::events::subscription::watch;
use platform::events::{listen, retention, sequencer};
use platform::http::health::Readiness;
use platform::http::{Access, Edge};
use platform::remote::{Host, Stopping};
use platform::telemetry::{self, Measured};
use platform::workers::Workers;
use tokio::net::TcpSocket;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::admin::Elsewhere;
use crate::checks;
use crate::config::Config;
use crate::data_dir::{self, AdminToken, DirLock};
use crate::demo;
use crate::rest::Rest;
use crate::web::{DRAIN_SECONDS, Mount};
use crate::wiring::{self, Apis, Modules};

const GUESSABLE: usize = 32;
const UPKEEP: Duration = Duration::from_secs(5);

/// A shop that serves.
pub struct Shop {
    address: SocketAddr,
    /// Unless it opens nothing.
    token: Option<AdminToken>,
    modules: Modules,
    workers: Workers,
    edge: web::Data<Edge>,
    servers: Vec<(ServerHandle, JoinHandle<std::io::Result<()>>)>,
    /// Of those who hear our logs from other processes.
    stopping: Option<Stopping>,
    _lock: Option<DirLock>,
}

impl Shop {
    /// Migrates the tables, starts the background work and serves. Must be called on a multi-thread runtime, which
    /// modules and background work then share.
    ///
    /// # Errors
    /// Says what cannot be opened and what to do about it.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> anyhow::Result<Shop> {
        Shop::open_around(config, clock, Arc::new(Measured)).await
    }

    /// [`Shop::open`], with something else done around every call between modules: how tests inject faults.
    ///
    /// # Errors
    /// As [`Shop::open`].
    pub async fn open_around(
        config: Config,
        clock: Arc<dyn Clock>,
        around: Arc<dyn Around>,
    ) -> anyhow::Result<Shop> {
        let listener = listen(config.listen).with_context(|| {
            format!("cannot listen on {}; set HOLDFAST_LISTEN to a free address", config.listen)
        })?;
        Shop::open_on(listener, config, clock, around).await
    }

    /// The same, on a listener that is there already: how tests know where a process will be before it starts.
    ///
    /// # Errors
    /// As [`Shop::open`].
    pub async fn open_on(
        listener: TcpListener,
        config: Config,
        clock: Arc<dyn Clock>,
        around: Arc<dyn Around>,
    ) -> anyhow::Result<Shop> {
        let runtime = Handle::current();
        let lock = lock(&config)?;
        let token = admin_token(&config)?;
        if token.as_ref().is_some_and(|token| token.value.len() < GUESSABLE) {
            tracing::warn!(
                "the admin token is short enough to be guessed; use {GUESSABLE} random characters or more"
            );
        }
        migrate(&config).await?;
        let modules = Modules::open_around(&config, &clock, &around, &runtime)?;
        modules.register().await?;
        let workers = Workers::new(runtime.clone());
        let metrics = metrics()?;
        start_work(&modules, &config, &clock, &workers);
        let doorman = modules.doorman(Arc::clone(&clock));
        doorman.start(&workers);
        let access = Access {
            admin_token: token.as_ref().map(|token| token.value.clone()),
            credentials: Arc::new(doorman),
            origins: config.origins()?,
        };
        keep_up(metrics.clone(), &workers);
        let described = crate::web::described(&modules.known)?;
        let kinds = modules.known.iter().flat_map(|module| module.problems()).copied();
        let edge = web::Data::new(Edge::new(
            runtime.clone(),
            clock,
            Ids::new(),
            access,
            config.edge(),
            described.routes,
            kinds,
        ));
        let (host, stopping) = host(&config, &modules, &runtime)?.unzip();
        let mount = Mount {
            edge: edge.clone(),
            readiness: Readiness::new(modules.stores(), workers.clone()),
            metrics: config.metrics_listen.is_none().then(|| metrics.clone()),
            modules: modules.here.clone(),
            known: modules.known.clone(),
            rest: Rest::new(&modules.known, &modules.links, host),
            elsewhere: Elsewhere::new(&modules.known, &modules.links),
            subscriptions: modules.subscriptions(),
            sagas: modules.sagas(),
            tolerance: config.events.tolerance(),
        };
        let address = listener.local_addr()?;
        let server = crate::web::serve(mount, described.text, listener, config.http_threads)?;
        let mut servers = vec![(server.handle(), runtime.spawn(server))];
        if let Some(listen) = config.metrics_listen {
            let server = crate::web::serve_metrics(metrics, listen).with_context(|| {
                format!("cannot listen on {listen}; set HOLDFAST_METRICS_LISTEN to a free address")
            })?;
            servers.push((server.handle(), runtime.spawn(server)));
        }
        Ok(Shop { address, token, modules, workers, edge, servers, stopping, _lock: lock })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The modules as they call each other.
    pub fn apis(&self) -> &Apis {
        &self.modules.apis
    }

    /// `None` if it opens nothing.
    pub fn admin_token(&self) -> Option<&str> {
        self.token.as_ref().map(|token| token.value.as_str())
    }

    /// The file that holds the admin token, unless the configuration gave it.
    pub fn admin_token_file(&self) -> Option<&Path> {
        self.token.as_ref()?.file.as_deref()
    }

    /// Finishes every pending order, lets every module hear what has happened, and asks what became of open payments. Answers
    /// how far the subscriptions of this process are then.
    ///
    /// # Errors
    /// When events cannot be applied.
    pub async fn settle(&self) -> anyhow::Result<Vec<i64>> {
        self.modules.settle().await
    }

    /// Verifies the invariants.
    ///
    /// # Errors
    /// When the tables cannot be read.
    pub async fn check(&self) -> anyhow::Result<Vec<Violation>> {
        checks::invariants(&self.modules, |_, _| ()).await
    }

    /// Tells the clients to go, stops accepting, finishes what is in flight, lets go of everything.
    ///
    /// # Errors
    /// When a server ended badly.
    pub async fn close(self) -> anyhow::Result<()> {
        self.edge.drain();
        if let Some(stopping) = &self.stopping {
            stopping.say();
        }
        self.edge.linger().await;
        let (handles, tasks): (Vec<_>, Vec<_>) = self.servers.into_iter().unzip();
        for handle in &handles {
            handle.stop(true).await;
        }
        for task in tasks {
            task.await.context("a server panicked")?.context("a server ended badly")?;
        }
        // Mutations outlive their connections.
        if tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS), self.edge.idle()).await.is_err() {
            tracing::warn!("requests were still running when the time to drain was over");
        }
        self.workers.stop().await;
        for effects in self.modules.effects() {
            effects.finish().await;
        }
        for subscription in self.modules.subscriptions() {
            if let Err(error) = subscription.leave().await {
                tracing::warn!(%error, "a lease is left to run out");
            }
        }
        Ok(())
    }
}

fn admin_token(config: &Config) -> anyhow::Result<Option<AdminToken>> {
    let given = config.admin_token.as_deref();
    config.admin_token_enabled.then(|| data_dir::admin_token(&config.data_dir, given)).transpose()
}

pub(crate) fn lock(config: &Config) -> anyhow::Result<Option<DirLock>> {
    if config.uses_sqlite() { data_dir::lock(&config.data_dir).map(Some) } else { Ok(None) }
}

/// As many connections may wait to be accepted as actix lets.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    const BACKLOG: u32 = 1024;
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// What other processes call, if there are any.
fn host(config: &Config, modules: &Modules, runtime: &Handle) -> anyhow::Result<Option<(Host, Stopping)>> {
    let Some(secret) = config.secret()? else { return Ok(None) };
    let process = Ids::new().uuid(SystemClock.now());
    Ok(Some(Host::new(secret, runtime.clone(), process, modules.hosted.iter().cloned())))
}

/// Starts what goes on by itself.
fn start_work(modules: &Modules, config: &Config, clock: &Arc<dyn Clock>, workers: &Workers) {
    for module in &modules.here {
        module.start(workers);
    }
    for subscription in modules.subscriptions() {
        subscription.start(workers);
    }
    for effects in modules.effects() {
        effects.start(workers);
    }
    listen::start(&modules.stores(), workers);
    watch::start(modules.subscriptions(), config.events.tolerance(), workers);
    if config.events.trim {
        for store in modules.stores() {
            retention::start(&store, Arc::clone(clock), config.events.keep.0, workers);
        }
    }
}

/// Migrations block for as long as they take.
pub(crate) async fn migrate(config: &Config) -> anyhow::Result<Vec<String>> {
    let config = config.clone();
    tokio::task::spawn_blocking(move || wiring::migrate(&config)).await.context("the migration panicked")?
}

/// Makes the demo shop, in its own past.
pub(crate) async fn seed(config: &Config, clock: &dyn Clock) -> anyhow::Result<Option<demo::Seeded>> {
    if config.is_split() {
        bail!("the demo shop is made in one process; take modules out afterwards");
    }
    let today = clock.now();
    let past = Arc::new(ManualClock::new(today));
    let turned: Arc<dyn Clock> = past.clone();
    let modules = Modules::open(config, &turned, &Handle::current())?;
    modules.register().await?;
    // What is committed on PostgreSQL gets into the logs by these alone, and is waited for.
    let workers = Workers::new(Handle::current());
    modules.stores().iter().for_each(|store| sequencer::start(store, &workers));
    let seeded = demo::seed(&modules.apis, &past, today, async || modules.settle().await.map(drop)).await;
    let settled = modules.settle().await;
    workers.stop().await;
    settled.and(seeded)
}

/// The recorder is the process's; shops that share a process share it.
fn metrics() -> anyhow::Result<PrometheusHandle> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = RECORDER.get() {
        return Ok(handle.clone());
    }
    match telemetry::start_metrics() {
        Ok(handle) => Ok(RECORDER.get_or_init(|| handle).clone()),
        // Another shop of this process was faster.
        Err(error) => RECORDER.get().cloned().context(error),
    }
}

/// Samples wait in memory until they are sorted into their buckets.
fn keep_up(metrics: PrometheusHandle, workers: &Workers) {
    workers.spawn("metrics", move |beat| async move {
        loop {
            metrics.run_upkeep();
            beat.rest(UPKEEP).await;
        }
    });
}
