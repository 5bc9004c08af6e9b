//! The newest versions of products, as they are compared with their owner.

use std::collections::BTreeMap;

use diesel::prelude::*;
use platform::copies::{At, Kept, Mending, PAGE, judge};
use platform::on;
use platform::store::{Db, Key, StoreError, Tx, one_of};

use super::generation::Generation;
use super::products::{self, ProductVersion, Sku, VersionRow};
use crate::drift::ProductFact;
use crate::schema::{product_versions, skus};

/// A page of products, in the order of their keys.
pub(crate) fn page(
    db: &mut Db<'_>,
    of: Generation,
    after: Key,
) -> Result<Vec<Kept<Key, ProductFact>>, StoreError> {
    let keys: Vec<Key> = on!(db, |conn| product_versions::table
        .filter(product_versions::generation.eq(of.0))
        .filter(product_versions::product_id.gt(after))
        .select(product_versions::product_id)
        .distinct()
        .order(product_versions::product_id)
        .limit(PAGE.into())
        .load(conn))?;
    let mut titles: BTreeMap<Key, BTreeMap<String, String>> = BTreeMap::new();
    for Sku { sku, product, title } in products::skus_of(db, of, &keys)? {
        titles.entry(product).or_default().insert(sku, title);
    }
    let kept = |(key, row): (Key, VersionRow)| Kept {
        key,
        at: At::told(row.version),
        fact: ProductFact {
            title: row.title,
            category: row.category,
            since: row.since.0,
            skus: titles.remove(&key).unwrap_or_default(),
        },
    };
    Ok(newest(db, of, &keys)?.into_iter().map(kept).collect())
}

fn newest(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    of: &[Key],
) -> Result<BTreeMap<Key, VersionRow>, StoreError> {
    let rows: Vec<VersionRow> = on!(db, |conn| product_versions::table
        .filter(product_versions::generation.eq(generation))
        .filter(one_of(product_versions::product_id, of))
        .order(product_versions::version)
        .select(VersionRow::as_select())
        .load(conn))?;
    // The last of several is the newest.
    Ok(rows.into_iter().map(|row| (row.product_id, row)).collect())
}

/// Has the newest version of products say what their owner says, and names all SKUs of those of which it said something
/// else, with the product. The generation is locked.
pub(crate) fn mend(
    tx: &mut Tx<'_>,
    of: Generation,
    all: &[Mending<Key, ProductFact>],
) -> Result<Vec<(String, Key)>, StoreError> {
    let wanted: Vec<Key> = all.iter().map(|one| one.key).collect();
    let now = newest(tx, of, &wanted)?.into_iter().map(|(key, row)| (key, At::told(row.version))).collect();
    let verdicts = judge(all, &now);
    let changed = verdicts.changed();
    let mut touched: Vec<(String, Key)> =
        products::skus_of(tx, of, &changed)?.into_iter().map(|one| (one.sku, one.product)).collect();
    let old = skus::table.filter(skus::generation.eq(of.0)).filter(one_of(skus::product_id, &changed));
    on!(tx, |conn| diesel::delete(old).execute(conn))?;
    let gone = verdicts.removed.iter().map(|key| (*key, 0));
    for (product, since) in gone.chain(verdicts.replaced.iter().map(|(owned, at)| (owned.key, at.version))) {
        let rows = product_versions::table
            .filter(product_versions::generation.eq(of.0))
            .filter(product_versions::product_id.eq(product))
            .filter(product_versions::version.ge(since));
        on!(tx, |conn| diesel::delete(rows).execute(conn))?;
    }
    let (mut named, mut versions) = (Vec::new(), Vec::new());
    for (owned, at) in &verdicts.replaced {
        let ProductFact { title, category, since, skus } = owned.fact.clone();
        touched.extend(skus.keys().map(|sku| (sku.clone(), owned.key)));
        named.extend(skus.into_iter().map(|(sku, title)| Sku { sku, product: owned.key, title }));
        versions.push(ProductVersion { product: owned.key, version: at.version, since, title, category });
    }
    products::note(tx, of, &named, &versions)?;
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}
