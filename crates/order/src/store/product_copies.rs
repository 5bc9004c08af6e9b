//! Copies of what products and their variants are called.

use std::collections::{BTreeMap, HashMap};

use catalog_api::line_title;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use platform::copies::{At, Kept, Mending, PAGE, judge};
use platform::store::{Db, Key, Moment, StoreError, Time, Tx, Uid, one_of};
use platform::{insert_all, on, on_locked};

use crate::copies::{ProductFact, TitleCopy, freshness};
use crate::schema::{product_copies, variant_copies};

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = product_copies)]
struct ProductRow {
    product_id: Key,
    /// 0: nothing is copied yet.
    source_version: i64,
    as_of: Option<Time>,
    title: Option<String>,
}

#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = variant_copies)]
struct VariantRow {
    product_id: Key,
    sku: String,
    title: String,
}

impl ProductRow {
    /// Events say it all, so what was heard of is what is copied.
    fn at(&self) -> At {
        At::told(self.source_version)
    }
}

/// A page of all copies, in the order of their keys.
pub(crate) fn page(db: &mut Db<'_>, after: Key) -> Result<Vec<Kept<Key, ProductFact>>, StoreError> {
    let rows: Vec<ProductRow> = on!(db, |conn| product_copies::table
        .filter(product_copies::product_id.gt(after))
        .order(product_copies::product_id)
        .limit(PAGE.into())
        .select(ProductRow::as_select())
        .load(conn))?;
    let ids: Vec<Key> = rows.iter().map(|row| row.product_id).collect();
    let found: Vec<VariantRow> = on!(db, |conn| variant_copies::table
        .filter(one_of(variant_copies::product_id, &ids))
        .select(VariantRow::as_select())
        .load(conn))?;
    let mut variants: HashMap<Key, BTreeMap<String, String>> = HashMap::new();
    for VariantRow { product_id, sku, title } in found {
        variants.entry(product_id).or_default().insert(sku, title);
    }
    let kept = |row: ProductRow| Kept {
        key: row.product_id,
        at: row.at(),
        fact: ProductFact {
            title: row.title.unwrap_or_default(),
            as_of: row.as_of.map_or(kernel::Timestamp::from_micros(0), |at| at.0),
            variants: variants.remove(&row.product_id).unwrap_or_default(),
        },
    };
    Ok(rows.into_iter().map(kept).collect())
}

/// Makes copies anew, as far as nothing newer is there.
pub(crate) fn mend(tx: &mut Tx<'_>, all: &[Mending<Key, ProductFact>]) -> Result<(), StoreError> {
    let now = lock(tx, all)?;
    let verdicts = judge(all, &now);
    let (mut rows, mut variants) = (Vec::new(), Vec::new());
    for (owned, at) in &verdicts.replaced {
        rows.push(ProductRow {
            product_id: owned.key,
            source_version: at.version,
            as_of: Some(owned.fact.as_of.into()),
            title: Some(owned.fact.title.clone()),
        });
        variants.extend(variant_rows(owned.key, &owned.fact));
    }
    on!(tx, |conn| diesel::delete(
        variant_copies::table.filter(one_of(variant_copies::product_id, &verdicts.changed()))
    )
    .execute(conn))?;
    on!(tx, |conn| diesel::delete(
        product_copies::table.filter(one_of(product_copies::product_id, &verdicts.removed))
    )
    .execute(conn))?;
    insert_all!(tx, product_copies, &rows, {
        product_id: Uid, source_version: BigInt, as_of: Nullable<Moment>, title: Nullable<Text>
    }, "ON CONFLICT (product_id) DO UPDATE SET source_version = excluded.source_version, as_of = excluded.as_of, \
        title = excluded.title")?;
    Ok(insert_all!(tx, variant_copies, &variants, { product_id: Uid, sku: Text, title: Text })?)
}

/// Where the copies are, locked in the order of their keys. One that is not there yet is made, so that it can be.
fn lock(tx: &mut Tx<'_>, all: &[Mending<Key, ProductFact>]) -> Result<HashMap<Key, At>, StoreError> {
    let wanted: Vec<Key> = all.iter().map(|one| one.key).collect();
    let new = all.iter().filter(|one| one.owned.is_some() && one.seen.is_none());
    let new: Vec<ProductRow> = new
        .map(|one| ProductRow { product_id: one.key, source_version: 0, as_of: None, title: None })
        .collect();
    insert_all!(tx, product_copies, &new, {
        product_id: Uid, source_version: BigInt
    }, "ON CONFLICT DO NOTHING")?;
    let rows: Vec<ProductRow> = on_locked!(
        tx,
        product_copies::table
            .filter(one_of(product_copies::product_id, &wanted))
            .order(product_copies::product_id)
            .select(ProductRow::as_select()),
        |rows, conn| rows.load(conn)
    )?;
    Ok(rows.into_iter().map(|row| (row.product_id, row.at())).collect())
}

fn variant_rows(product_id: Key, fact: &ProductFact) -> impl Iterator<Item = VariantRow> + '_ {
    let row = move |(sku, title): (&String, &String)| VariantRow {
        product_id,
        sku: sku.clone(),
        title: title.clone(),
    };
    fact.variants.iter().map(row)
}

/// What the goods of these SKUs are called, as it was copied; those that were never heard of are absent.
pub(crate) fn titles(db: &mut Db<'_>, skus: &[String]) -> Result<Vec<TitleCopy>, StoreError> {
    let variants: Vec<VariantRow> = on!(db, |conn| variant_copies::table
        .filter(one_of(variant_copies::sku, skus))
        .order(variant_copies::sku)
        .select(VariantRow::as_select())
        .load(conn))?;
    let ids: Vec<Key> = variants.iter().map(|row| row.product_id).collect();
    let products: Vec<ProductRow> = on!(db, |conn| product_copies::table
        .filter(one_of(product_copies::product_id, &ids))
        .select(ProductRow::as_select())
        .load(conn))?;
    let products: HashMap<Key, ProductRow> = products.into_iter().map(|row| (row.product_id, row)).collect();
    let copy = |VariantRow { product_id, sku, title }: VariantRow| {
        let product = products.get(&product_id)?;
        let title = line_title(product.title.as_deref()?, &title);
        Some(TitleCopy {
            sku,
            title,
            freshness: freshness("catalog", product.source_version, product.as_of?.0),
        })
    };
    Ok(variants.into_iter().filter_map(copy).collect())
}
