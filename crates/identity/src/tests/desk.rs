use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use kernel::{CallCtx, Clock, Ids, ManualClock, Principal, Timestamp};
use platform::Foundation;
use platform::store::{Database, Store};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::IdentityModule;

pub(super) const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

/// The tables of the identity module.
#[derive(Clone)]
pub(super) struct Desk {
    pub foundation: Foundation,
    pub cx: CallCtx,
}

impl Desk {
    fn open(database: &Database) -> Desk {
        Store::migrate(&IdentityModule::OWNERSHIP, database).unwrap();
        let store = Store::open(IdentityModule::OWNERSHIP, database, Handle::current()).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(NOW));
        let foundation = Foundation { store, clock, ids: Ids::new() };
        let cx = CallCtx::new(Principal::Admin, "req-1", Duration::from_secs(30));
        Desk { foundation, cx }
    }
}

/// Runs the story on SQLite, and on PostgreSQL.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Desk) -> F) {
    let dir = tempfile::tempdir().unwrap();
    story(Desk::open(&Database::Sqlite { dir: dir.path().to_owned() })).await;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("identity_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    story(Desk::open(&Database::Postgres { url: CLUSTER.url(&name), pool: 8 })).await;
}
