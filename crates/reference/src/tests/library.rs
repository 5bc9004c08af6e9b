use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use kernel::{CallCtx, Ids, Limit, PageRequest, Principal, SystemClock};
use platform::events::feed::{Feed, LocalFeed};
use platform::http::{IfMatch, Problem, Reply};
use platform::store::{Database, Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Change, Foundation, Module};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::category::{CategoryPatch, NewCategory};
use crate::create_category::create_category;
use crate::error::Error;
use crate::module::ReferenceModule;
use crate::remove_category::remove_category;
use crate::show::Placed;
use crate::update_category::update_category;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

/// Runs the story on SQLite, and on PostgreSQL.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Library) -> F) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let dir = tempfile::tempdir().unwrap();
    story(Library::open(Database::Sqlite { dir: dir.path().to_owned() }).await).await;
    let name = format!("reference_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    story(Library::open(Database::Postgres { url: CLUSTER.url(&name), pool: 8 }).await).await;
}

/// The reference module on a fresh database.
#[derive(Clone)]
pub(super) struct Library {
    pub module: ReferenceModule,
    pub cx: CallCtx,
    database: Database,
    _workers: Workers,
}

impl Library {
    async fn open(database: Database) -> Library {
        Store::migrate(&ReferenceModule::OWNERSHIP, &database).unwrap();
        let library = Library::before_its_start(&database);
        library.module.prepare().await.unwrap();
        library
    }

    /// An instance that has written nothing down yet.
    fn before_its_start(database: &Database) -> Library {
        let store = Store::open(ReferenceModule::OWNERSHIP, database, Handle::current()).unwrap();
        let foundation = Foundation { store, clock: Arc::new(SystemClock), ids: Ids::new() };
        let module = ReferenceModule::new(foundation);
        let workers = Workers::new(Handle::current());
        // The sequencer moves events on to the log.
        module.start(&workers);
        let cx = CallCtx::new(Principal::Admin, "req-1", Duration::from_secs(30));
        Library { module, cx, database: database.clone(), _workers: workers }
    }

    pub(super) fn another_instance(&self) -> Library {
        Library::before_its_start(&self.database)
    }

    pub(super) async fn create(&self, code: &str, parent: Option<&str>) -> Result<Reply, Problem> {
        let new = NewCategory {
            code: code.to_owned(),
            title: code.to_owned(),
            parent: parent.map(str::to_owned),
            position: None,
        };
        self.change(move |tx, change| create_category(tx, change, &new)).await
    }

    pub(super) async fn update(&self, code: &str, patch: CategoryPatch) -> Result<Reply, Problem> {
        let code = code.to_owned();
        self.change(move |tx, change| update_category(tx, change, &code, &IfMatch::Any, &patch)).await
    }

    pub(super) async fn move_to(&self, code: &str, parent: Option<&str>) -> Result<Reply, Problem> {
        let parent = Some(parent.map(str::to_owned));
        self.update(code, CategoryPatch { parent, ..CategoryPatch::default() }).await
    }

    pub(super) async fn remove(&self, code: &str) -> Result<Reply, Problem> {
        let code = code.to_owned();
        self.change(move |tx, change| remove_category(tx, change, &code, &IfMatch::Any)).await
    }

    /// Carries out a change, as REST does.
    pub(super) async fn change<R: serde::Serialize + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, Error> + Send + 'static,
    ) -> Result<Reply, Problem> {
        let foundation = &self.module.foundation;
        Ok(foundation.answer(&self.cx, "test", None, work, |done| Reply::ok(done)).await?)
    }

    pub(super) async fn path(&self, code: &str) -> Vec<String> {
        self.module.get_category(&self.cx, code.to_owned()).await.unwrap().path
    }

    /// Every category, in pages of seven.
    pub(super) async fn categories(&self) -> Vec<Placed> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest { limit: Limit::try_new(7).unwrap(), after };
            let page = self.module.list_categories(&self.cx, page).await.unwrap().unwrap();
            all.extend(page.data);
            match page.next_cursor {
                Some(cursor) => after = Some(cursor),
                None => return all,
            }
        }
    }

    /// Types of the events that an aggregate has in the log, with its versions.
    pub(super) async fn events(&self, aggregate: &str) -> Vec<(String, i64)> {
        let all = self.log().await.into_iter().filter(|(id, ..)| id == aggregate);
        all.map(|(_, event_type, version)| (event_type, version)).collect()
    }

    /// Aggregate, type and version of every event.
    pub(super) async fn log(&self) -> Vec<(String, String, i64)> {
        let foundation = &self.module.foundation;
        let feed = LocalFeed::new(foundation.store.clone(), Arc::clone(&foundation.clock));
        loop {
            let heard = feed.read(&self.cx, 0, 10_000).await.unwrap();
            if heard.complete_until.is_some() {
                let about = |logged: platform::events::feed::Logged| {
                    let event = Arc::unwrap_or_clone(logged.event);
                    (event.aggregate_id, event.event_type, event.aggregate_version)
                };
                return heard.events.into_iter().map(about).collect();
            }
            // Committed, and not in the log yet.
            feed.wait(heard.generation).await;
        }
    }

    pub(super) async fn assert_sound(&self) {
        let violations = self.module.check(&self.cx).await;
        assert_eq!(violations.unwrap_or_else(|error: StoreError| panic!("{error}")), []);
    }
}
