//! What analytics knows of products and customers, as it is compared with their owners. Of both it keeps the past, which nobody
//! else does; the newest version of each is a copy. One that is made anew says from then on what the owner says: the past stays
//! as it was heard, and is made anew from the events alone (`rebuild.rs`).

use std::collections::BTreeMap;

use catalog_api::{Product, ProductKind, WalkProducts};
use customer_api::{CustomerKind, Membership, WalkSnapshots};
use kernel::{CallCtx, Id, Timestamp};
use platform::Change;
use platform::copies::{Copies, Kept, Mending, Owned, PAGE, Walked};
use platform::events::subscription::{Dispatcher, Fault};
use platform::store::{Db, Key, StoreError, Tx};

use crate::book;
use crate::history::BEGINNING;
use crate::module::AnalyticsModule;
use crate::store::{customers, generation, product_copies, sales};

pub(crate) struct GroupCopies(pub AnalyticsModule);
pub(crate) struct ProductCopies(pub AnalyticsModule);

/// The group of a customer, as of one version of the customer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupFact {
    pub group: Option<String>,
    pub since: Timestamp,
}

/// Of a product, as of one version of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductFact {
    pub title: String,
    pub category: Option<String>,
    pub since: Timestamp,
    /// Titles of the variants, by SKU.
    pub skus: BTreeMap<String, String>,
}

fn of_membership(one: Membership) -> Owned<Key, GroupFact> {
    let Membership { customer_id, version, updated_at, group } = one;
    Owned { key: customer_id.into(), version, fact: GroupFact { group, since: updated_at } }
}

fn of_product(product: Product) -> Owned<Key, ProductFact> {
    let Product { id, version, title, category, updated_at, variants, .. } = product;
    let skus = variants.into_iter().map(|one| (one.sku.as_str().to_owned(), one.title)).collect();
    Owned { key: id.into(), version, fact: ProductFact { title, category, since: updated_at, skus } }
}

fn storage(fault: Fault) -> StoreError {
    match fault {
        Fault::Storage(error) => error,
        Fault::Refused(why) | Fault::Younger(why) => StoreError::Query(why),
    }
}

/// Sales from then on move to where the copy that was made anew puts them. Of what was known before, the past stays.
fn since<F>(all: &[Mending<Key, F>], key: Key, since: fn(&F) -> Timestamp) -> Timestamp {
    let mending = all.iter().find(|one| one.key == key && one.seen.is_some());
    mending.and_then(|one| one.owned.as_ref()).map_or(BEGINNING, |owned| since(&owned.fact))
}

pub(crate) const NOBODY: Key = Key(uuid::Uuid::nil());

impl Copies for GroupCopies {
    type Key = Key;
    type Fact = GroupFact;

    fn name(&self) -> &'static str {
        "analytics.customer_groups"
    }

    fn subject(&self, key: &Key) -> String {
        Id::<CustomerKind>::from_uuid(key.0).to_string()
    }

    fn feed(&self) -> &Dispatcher {
        let [_, customers, ..] = &*self.0.sources;
        &customers.dispatcher
    }

    /// Only versions that change the group are kept, and nothing of whoever was never in one.
    fn is_as_good(&self, kept: Option<&Kept<Key, GroupFact>>, owned: &Owned<Key, GroupFact>) -> bool {
        kept.and_then(|kept| kept.fact.group.as_ref()) == owned.fact.group.as_ref()
    }

    fn page(db: &mut Db<'_>, after: Option<Key>) -> Result<Vec<Kept<Key, GroupFact>>, StoreError> {
        let serving = generation::serving(db)?;
        customers::page(db, serving, after.unwrap_or(NOBODY))
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<Key>) -> Walked<'a, Owned<Key, GroupFact>> {
        Box::pin(async move {
            let walk = WalkSnapshots { after: after.map(Key::id), limit: PAGE };
            let found = self.0.customers.walk_memberships(cx, walk).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.memberships.into_iter().map(of_membership).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<Key, GroupFact>]) -> Result<(), StoreError> {
        let serving = generation::lock_serving(tx)?;
        for customer in customers::mend(tx, serving, all)? {
            let since = since(all, customer, |fact| fact.since);
            let orders = sales::of_customers(tx, serving, &[customer], since)?;
            book::reclassify(tx, serving, &orders).map_err(storage)?;
        }
        Ok(())
    }
}

impl Copies for ProductCopies {
    type Key = Key;
    type Fact = ProductFact;

    fn name(&self) -> &'static str {
        "analytics.product_versions"
    }

    fn subject(&self, key: &Key) -> String {
        Id::<ProductKind>::from_uuid(key.0).to_string()
    }

    fn feed(&self) -> &Dispatcher {
        let [catalog, ..] = &*self.0.sources;
        &catalog.dispatcher
    }

    /// Prices change often, and leave no version here.
    fn is_as_good(&self, kept: Option<&Kept<Key, ProductFact>>, owned: &Owned<Key, ProductFact>) -> bool {
        kept.is_some_and(|kept| ProductFact { since: owned.fact.since, ..kept.fact.clone() } == owned.fact)
    }

    fn page(db: &mut Db<'_>, after: Option<Key>) -> Result<Vec<Kept<Key, ProductFact>>, StoreError> {
        let serving = generation::serving(db)?;
        product_copies::page(db, serving, after.unwrap_or(NOBODY))
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<Key>) -> Walked<'a, Owned<Key, ProductFact>> {
        Box::pin(async move {
            let walk = WalkProducts { after: after.map(Key::id), limit: PAGE };
            let found = self.0.catalog.walk(cx, walk).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.products.into_iter().map(of_product).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<Key, ProductFact>]) -> Result<(), StoreError> {
        let serving = generation::lock_serving(tx)?;
        let touched = product_copies::mend(tx, serving, all)?;
        let since = touched.iter().map(|(_, product)| since(all, *product, |fact| fact.since)).min();
        if let Some(since) = since {
            let skus: Vec<String> = touched.into_iter().map(|(sku, _)| sku).collect();
            let orders = sales::with_skus(tx, serving, &skus, since)?;
            book::reclassify(tx, serving, &orders).map_err(storage)?;
        }
        Ok(())
    }
}
