//! Which product a SKU is of, and what products were called, and shown under, from when on.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kernel::Timestamp;
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use platform::{insert_all, on};

use super::generation::Generation;
use crate::history::{History, Version};
use crate::schema::{product_versions, skus};

/// A SKU, and the variant's own title.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sku {
    pub sku: String,
    pub product: Key,
    pub title: String,
}

/// What a product was in one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProductVersion {
    pub product: Key,
    pub version: i64,
    pub since: Timestamp,
    pub title: String,
    pub category: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = skus)]
struct SkuRow {
    generation: i64,
    sku: String,
    product_id: Key,
    title: String,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = product_versions)]
pub(super) struct VersionRow {
    generation: i64,
    pub product_id: Key,
    pub version: i64,
    pub since: Time,
    pub title: String,
    pub category: Option<String>,
}

/// Notes SKUs and versions; what is known stays as it is.
pub(crate) fn note(
    tx: &mut Tx<'_>,
    Generation(generation): Generation,
    of: &[Sku],
    versions: &[ProductVersion],
) -> Result<(), StoreError> {
    let rows: Vec<SkuRow> = of
        .iter()
        .map(|one| SkuRow {
            generation,
            sku: one.sku.clone(),
            product_id: one.product,
            title: one.title.clone(),
        })
        .collect();
    insert_all!(tx, skus, &rows, { generation: BigInt, sku: Text, product_id: Uid, title: Text },
        " ON CONFLICT DO NOTHING")?;
    let rows: Vec<VersionRow> = versions
        .iter()
        .map(|one| VersionRow {
            generation,
            product_id: one.product,
            version: one.version,
            since: one.since.into(),
            title: one.title.clone(),
            category: one.category.clone(),
        })
        .collect();
    Ok(insert_all!(tx, product_versions, &rows, {
        generation: BigInt, product_id: Uid, version: BigInt, since: Moment, title: Text, category: Nullable<Text>
    }, "ON CONFLICT DO NOTHING")?)
}

/// All SKUs of these products.
pub(crate) fn skus_of(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    products: &[Key],
) -> Result<Vec<Sku>, StoreError> {
    let rows: Vec<SkuRow> = on!(db, |conn| skus::table
        .filter(skus::generation.eq(generation))
        .filter(one_of(skus::product_id, products))
        .select(SkuRow::as_select())
        .load(conn))?;
    Ok(rows.into_iter().map(|row| Sku { sku: row.sku, product: row.product_id, title: row.title }).collect())
}

/// The categories that these products were in, with the versions.
pub(crate) fn histories(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    products: &[Key],
) -> Result<HashMap<Key, History<Option<String>>>, StoreError> {
    let rows: Vec<VersionRow> = on!(db, |conn| product_versions::table
        .filter(product_versions::generation.eq(generation))
        .filter(one_of(product_versions::product_id, products))
        .select(VersionRow::as_select())
        .load(conn))?;
    let mut histories: HashMap<Key, History<Option<String>>> = HashMap::new();
    for row in rows {
        let version = Version { version: row.version, since: row.since.0, value: row.category };
        histories.entry(row.product_id).or_default().push(version);
    }
    Ok(histories)
}

/// The categories that the products of these SKUs were in, by SKU.
pub(crate) fn categories(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    of: &[String],
) -> Result<HashMap<String, History<Option<String>>>, StoreError> {
    let same = product_versions::generation
        .eq(skus::generation)
        .and(product_versions::product_id.eq(skus::product_id));
    let rows: Vec<(String, i64, Time, Option<String>)> = on!(db, |conn| skus::table
        .inner_join(product_versions::table.on(same))
        .filter(skus::generation.eq(generation))
        .filter(one_of(skus::sku, of))
        .select((skus::sku, product_versions::version, product_versions::since, product_versions::category))
        .load(conn))?;
    let mut histories: HashMap<String, History<Option<String>>> = HashMap::new();
    for (sku, version, since, category) in rows {
        histories.entry(sku).or_default().push(Version { version, since: since.0, value: category });
    }
    Ok(histories)
}

/// What a SKU is called in the newest version of its product that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Title {
    pub product: String,
    pub variant: String,
    pub version: i64,
    pub since: Timestamp,
}

pub(crate) fn titles(
    db: &mut Db<'_>,
    Generation(generation): Generation,
    of: &[String],
) -> Result<HashMap<String, Title>, StoreError> {
    let same = product_versions::generation
        .eq(skus::generation)
        .and(product_versions::product_id.eq(skus::product_id));
    let rows: Vec<(String, String, i64, Time, String)> = on!(db, |conn| skus::table
        .inner_join(product_versions::table.on(same))
        .filter(skus::generation.eq(generation))
        .filter(one_of(skus::sku, of))
        .order(product_versions::version)
        .select((
            skus::sku,
            skus::title,
            product_versions::version,
            product_versions::since,
            product_versions::title
        ))
        .load(conn))?;
    // The last of several is the newest.
    let title = |(sku, variant, version, since, product): (String, String, i64, Time, String)| {
        (sku, Title { product, variant, version, since: since.0 })
    };
    Ok(rows.into_iter().map(title).collect())
}
