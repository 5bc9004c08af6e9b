use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use catalog_api::{CatalogApi, CatalogError, NewProduct, NewVariant, Product, ProductId, ProductStatus};
use kernel::{ApiError, CallCtx, Clock, Currency, Ids, Money, PageRequest, Principal, Sku, SystemClock};
use platform::events::count;
use platform::events::subscription::Dispatcher;
use platform::http::{IfMatch, Problem, Reply};
use platform::idempotency::RequestKey;
use platform::store::{Database, Store, StoreError};
use platform::{Foundation, Module};
use testkit_doubles::Reference;
use testkit_pg::{Cluster, Durability};
use tokio::runtime::Handle;

use crate::module::{CatalogModule, Others};
use crate::product::ProductPatch;
use crate::show::Sight;
use crate::store::Filter;
use crate::update;
use platform::Change;

pub(super) static CLUSTER: LazyLock<Cluster> = LazyLock::new(|| Cluster::start(Durability::Off).unwrap());

/// An empty PostgreSQL database, by its URL.
pub(super) fn empty_database() -> Database {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("catalog_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    CLUSTER.create_database(&name).unwrap();
    Database::Postgres { url: CLUSTER.url(&name), pool: 8 }
}

/// Runs the story on SQLite, and on PostgreSQL.
pub(super) async fn on_both<F: Future<Output = ()>>(story: impl Fn(Shop) -> F) {
    let dir = tempfile::tempdir().unwrap();
    story(Shop::open(&Database::Sqlite { dir: dir.path().to_owned() })).await;
    story(Shop::open(&empty_database())).await;
}

/// A catalog on a fresh database.
#[derive(Clone)]
pub(super) struct Shop {
    pub catalog: CatalogModule,
    pub admin: CallCtx,
    pub reference: Arc<Reference>,
}

impl Shop {
    fn open(database: &Database) -> Shop {
        Store::migrate(&CatalogModule::OWNERSHIP, database).unwrap();
        let store = Store::open(CatalogModule::OWNERSHIP, database, Handle::current()).unwrap();
        let foundation = Foundation { store, clock: Arc::new(SystemClock), ids: Ids::new() };
        let reference = Arc::new(Reference::default());
        let others = Others { reference: reference.clone(), reference_events: reference.log.clone() };
        Shop {
            catalog: CatalogModule::new(foundation, others),
            admin: CallCtx::new(Principal::Admin, "req-1", Duration::from_secs(30)),
            reference,
        }
    }

    pub(super) async fn create(&self, new: NewProduct) -> Result<Product, ApiError<CatalogError>> {
        self.catalog.create_product(&self.admin, new).await
    }

    /// Hears all that the reference module has told.
    pub(super) async fn hear(&self) {
        let subscriptions = self.catalog.subscriptions();
        Dispatcher::register(self.catalog.store(), &subscriptions).await.unwrap();
        for subscription in subscriptions {
            subscription.catch_up().await.unwrap();
        }
    }

    /// Compares the copies with their owners, and makes those anew that differ if asked to.
    pub(super) async fn drift(&self, repair: bool) -> Vec<String> {
        let mut found = Vec::new();
        for copies in self.catalog.copies() {
            found.extend(copies.compare(&self.admin, repair).await.unwrap());
        }
        found.into_iter().map(|one| format!("{} {}", one.subject, one.detail)).collect()
    }

    /// As REST does: asks for the category first.
    pub(super) async fn update_learning(&self, id: ProductId, patch: ProductPatch) -> Result<Reply, Problem> {
        let category = patch.category.clone().flatten();
        self.catalog.learn_category(&self.admin, category.as_deref()).await?;
        self.update(id, patch).await
    }

    pub(super) async fn update(&self, id: ProductId, patch: ProductPatch) -> Result<Reply, Problem> {
        self.update_if(id, IfMatch::Any, patch).await
    }

    pub(super) async fn update_if(
        &self,
        id: ProductId,
        expected: IfMatch,
        patch: ProductPatch,
    ) -> Result<Reply, Problem> {
        let work = move |tx: &mut platform::store::Tx<'_>, change: &Change| {
            update::update_product(tx, change, id, &expected, &patch)
        };
        self.catalog.reply(self.admin.clone(), "test", None, work, rendered).await
    }

    pub(super) async fn titles(&self, sight: Sight, filter: Filter) -> Vec<String> {
        let page = self.catalog.list(&self.admin, sight, filter, PageRequest::default()).await.unwrap();
        page.data.into_iter().map(|product| product.title).collect()
    }

    /// How many events of a type a product has.
    pub(super) async fn events(&self, product: ProductId, event_type: &'static str) -> i64 {
        let id = product.to_string();
        let store = &self.catalog.foundation.store;
        let counts = store.read(&self.admin, move |db| count(db, event_type, &[id])).await;
        counts.unwrap_or_else(|error: StoreError| panic!("{error}")).into_values().sum()
    }
}

pub(super) fn rendered(product: &Product) -> Result<Reply, StoreError> {
    Ok(Reply::ok(product)?.tagged(product.version))
}

pub(super) fn sku(text: &str) -> Sku {
    Sku::parse(text).unwrap()
}

pub(super) fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}

pub(super) fn variant(text: &str, title: &str, prices: &[Money]) -> NewVariant {
    let options = BTreeMap::from([("colour".to_owned(), "black".to_owned())]);
    NewVariant { sku: sku(text), title: title.to_owned(), options, prices: prices.to_vec() }
}

/// An active product with one variant, at 49.99 EUR.
pub(super) fn product(title: &str, sku: &str) -> NewProduct {
    NewProduct {
        title: title.to_owned(),
        handle: None,
        description: None,
        category: None,
        tax_category: None,
        status: ProductStatus::Active,
        variants: vec![variant(sku, "Black", &[eur(4999)])],
    }
}

pub(super) fn key(name: &str) -> RequestKey {
    let id = Ids::new().uuid(SystemClock.now());
    RequestKey::new(&[name.as_bytes()], &[b"request"], id, "req-1".into(), "/v1/products".into())
}
