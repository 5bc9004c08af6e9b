use std::collections::{BTreeSet, HashMap, HashSet};

use catalog_api::{CatalogEvent, Product};
use kernel::Timestamp;
use platform::events::subscription::{Fault, Told};
use platform::store::{Key, StoreError, Tx};

use crate::book;
use crate::history::Version;
use crate::store::generation::Generation;
use crate::store::products::{self, ProductVersion, Sku};
use crate::store::sales;

/// Products get SKUs, names and categories. Sales that were heard before move to the category of their moment.
pub(super) fn hear(
    tx: &mut Tx<'_>,
    generation: Generation,
    told: &[Told<'_, CatalogEvent>],
) -> Result<(), Fault> {
    let about: BTreeSet<Key> = told.iter().map(|told| told.event.product().id.into()).collect();
    let about: Vec<Key> = about.into_iter().collect();
    let known = products::skus_of(tx, generation, &about)?;
    let versions: Vec<ProductVersion> = told.iter().filter_map(version).collect();
    let reached = reached(tx, generation, &about, &versions)?;
    let named: BTreeSet<Sku> = told.iter().flat_map(|told| skus(told.event.product())).collect();
    let heard: HashSet<&String> = known.iter().map(|one| &one.sku).collect();
    let fresh: Vec<Sku> = named.into_iter().filter(|one| !heard.contains(&one.sku)).collect();
    products::note(tx, generation, &fresh, &versions)?;
    let fresh: Vec<String> = fresh.into_iter().map(|one| one.sku).collect();
    let mut orders = BTreeSet::from_iter(sales::unclassified(tx, generation, &fresh)?);
    let moved = || known.iter().filter_map(|one| Some((&one.sku, *reached.get(&one.product)?)));
    if let Some(since) = moved().map(|(_, since)| since).min() {
        let moved: Vec<String> = moved().map(|(sku, _)| sku.clone()).collect();
        orders.extend(sales::with_skus(tx, generation, &moved, since)?);
    }
    book::reclassify(tx, generation, &orders.into_iter().collect::<Vec<_>>())
}

/// The other events leave title and category as they are, and prices change often.
fn version(Told { envelope, event }: &Told<'_, CatalogEvent>) -> Option<ProductVersion> {
    match event {
        CatalogEvent::Created { product } | CatalogEvent::Updated { product } => Some(ProductVersion {
            product: product.id.into(),
            version: envelope.aggregate_version,
            since: envelope.occurred_at,
            title: product.title.clone(),
            category: product.category.clone(),
        }),
        CatalogEvent::VariantAdded { .. } | CatalogEvent::PricesSet { .. } => None,
    }
}

fn skus(product: &Product) -> impl Iterator<Item = Sku> + '_ {
    product.variants.iter().map(|variant| Sku {
        sku: variant.sku.as_str().to_owned(),
        product: product.id.into(),
        title: variant.title.clone(),
    })
}

/// From when on these versions may make a difference, by product.
fn reached(
    tx: &mut Tx<'_>,
    generation: Generation,
    about: &[Key],
    versions: &[ProductVersion],
) -> Result<HashMap<Key, Timestamp>, StoreError> {
    let mut histories = products::histories(tx, generation, about)?;
    let mut reached: HashMap<Key, Timestamp> = HashMap::new();
    for one in versions {
        let version = Version { version: one.version, since: one.since, value: one.category.clone() };
        let history = histories.entry(one.product).or_default();
        if let Some(since) = history.reach(&version) {
            let earliest = reached.entry(one.product).or_insert(since);
            *earliest = since.min(*earliest);
        }
        history.push(version);
    }
    Ok(reached)
}
