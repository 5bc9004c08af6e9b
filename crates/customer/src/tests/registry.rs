use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use customer_api::{AddAddress, Address, AddressFields, Customer, CustomerApi, CustomerId, RegisterCustomer};
use kernel::{CallCtx, Clock, Ids, SystemClock};
use platform::events::count;
use platform::events::subscription::Dispatcher;
use platform::http::{Problem, Reply};
use platform::store::{Database, Store, StoreError, Tx};
use platform::{Foundation, Module};
use testkit_doubles::{Reference, country};
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::error::Error;
use crate::module::{CustomerModule, Others};
use crate::pictures::{PictureSettings, Pictures};
use platform::Change;

static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

/// An empty PostgreSQL database.
pub(super) fn empty_database() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("customer_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}

/// Runs the story on SQLite, and on PostgreSQL.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Registry) -> F) {
    let dir = tempfile::tempdir().unwrap();
    for database in [Database::Sqlite { dir: dir.path().to_owned() }, empty_database()] {
        let pictures = PictureSettings::Directory(dir.path().join("pictures"));
        story(Registry::open(&database, &pictures, Arc::new(SystemClock))).await;
    }
}

/// The customer module on a fresh database.
#[derive(Clone)]
pub(super) struct Registry {
    pub module: CustomerModule,
    pub reference: Arc<Reference>,
    pub cx: CallCtx,
}

impl Registry {
    pub(super) fn open(database: &Database, pictures: &PictureSettings, clock: Arc<dyn Clock>) -> Registry {
        Store::migrate(&CustomerModule::OWNERSHIP, database).unwrap();
        let store = Store::open(CustomerModule::OWNERSHIP, database, Handle::current()).unwrap();
        let foundation = Foundation { store, clock, ids: Ids::new() };
        let reference = Arc::new(Reference::default());
        ["DE", "US"].into_iter().for_each(|code| reference.has_country(country(code, 1)));
        let others = Others { reference: reference.clone(), reference_events: reference.log.clone() };
        let pictures = Pictures::open(pictures, Handle::current()).unwrap();
        Registry {
            module: CustomerModule::new(foundation, pictures, others),
            reference,
            cx: CallCtx::system("test", Duration::from_secs(30)),
        }
    }

    /// Hears all that the reference module has told.
    pub(super) async fn hear(&self) {
        for subscription in self.module.subscriptions() {
            Dispatcher::register(self.module.store(), std::slice::from_ref(&subscription)).await.unwrap();
            subscription.catch_up().await.unwrap();
        }
    }

    pub(super) async fn customer(&self, name: &str) -> Customer {
        self.module.register(&self.cx, person(name)).await.unwrap()
    }

    pub(super) async fn address(&self, customer: CustomerId) -> Address {
        self.module
            .add_address(&self.cx, AddAddress { customer_id: customer, address: home() })
            .await
            .unwrap()
    }

    pub(super) async fn version(&self, customer: CustomerId) -> i64 {
        self.module.get(&self.cx, customer).await.unwrap().version
    }

    /// Carries out a change, as REST does.
    pub(super) async fn change<R: serde::Serialize + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, Error> + Send + 'static,
    ) -> Result<Reply, Problem> {
        Ok(self.module.foundation.answer(&self.cx, "test", None, work, |done| Reply::ok(done)).await?)
    }

    /// How many events of a type a customer has.
    pub(super) async fn events(&self, customer: CustomerId, event_type: &'static str) -> i64 {
        let id = customer.to_string();
        let counts =
            self.module.foundation.store.read(&self.cx, move |db| count(db, event_type, &[id])).await;
        counts.unwrap_or_else(|error: StoreError| panic!("{error}")).into_values().sum()
    }
}

pub(super) fn person(name: &str) -> RegisterCustomer {
    RegisterCustomer { email: format!("{name}@example.com"), name: name.to_owned(), phone: None, group: None }
}

pub(super) fn home() -> AddressFields {
    AddressFields {
        name: "A. Buyer".into(),
        line1: "1 Main St".into(),
        line2: None,
        city: "Berlin".into(),
        region: Some("Berlin".into()),
        postal_code: "10115".into(),
        country: "DE".into(),
        phone: None,
    }
}
