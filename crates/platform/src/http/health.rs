//! Liveness, which depends on nothing, and readiness, which depends on everything.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::CallCtx;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::store::Store;
use crate::workers::Workers;

/// How long an answer is given again without asking the databases.
const CACHED: Duration = Duration::from_secs(1);

/// `ok`, or why not.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `unavailable`.
    pub status: &'static str,
    pub modules: Vec<ModuleHealth>,
    /// Background workers that have not been heard of for 10 s.
    pub silent_workers: Vec<&'static str>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ModuleHealth {
    pub module: &'static str,
    /// `ok` or what is wrong.
    pub status: String,
    /// Whether it lives in another process. Its status is then what the last calls to it tell, and the process that is asked can
    /// serve without it: each answers for its own readiness.
    pub elsewhere: bool,
}

/// Answers for the whole process. Cheap to clone.
#[derive(Clone)]
pub struct Readiness {
    shared: Arc<Shared>,
}

struct Shared {
    stores: Vec<Store>,
    workers: Workers,
    last: Mutex<Option<(Instant, Health)>>,
}

impl Readiness {
    pub fn new(stores: Vec<Store>, workers: Workers) -> Readiness {
        Readiness { shared: Arc::new(Shared { stores, workers, last: Mutex::new(None) }) }
    }

    /// At most a second old.
    pub async fn now(&self) -> Health {
        let mut last = self.shared.last.lock().await;
        if let Some((at, health)) = &*last
            && at.elapsed() < CACHED
        {
            return health.clone();
        }
        let health = self.ask().await;
        *last = Some((Instant::now(), health.clone()));
        health
    }

    async fn ask(&self) -> Health {
        let modules = futures_util::future::join_all(self.shared.stores.iter().map(module_health)).await;
        let silent_workers = self.shared.workers.silent();
        let ok = silent_workers.is_empty() && modules.iter().all(|module| module.status == "ok");
        Health { status: if ok { "ok" } else { "unavailable" }, modules, silent_workers }
    }
}

async fn module_health(store: &Store) -> ModuleHealth {
    let status = match store.ping().await {
        Err(_) => "the database does not answer".to_owned(),
        Ok(()) => {
            let cx = CallCtx::system("ready", Duration::from_millis(250));
            match store.pending_migrations(&cx).await {
                Ok(pending) if pending.is_empty() => "ok".to_owned(),
                Ok(pending) => format!("migrations are missing: {}", pending.join(", ")),
                Err(_) => "the database does not answer".to_owned(),
            }
        }
    };
    ModuleHealth { module: store.module(), status, elsewhere: false }
}
