//! Rows and queries. A page of products is three queries, however many products it has.

pub(crate) mod categories;
pub(crate) mod offers;
pub(crate) mod tax_categories;

use std::collections::{BTreeMap, HashMap};

use catalog_api::{Product, ProductId, ProductStatus, Variant, VariantId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use kernel::{Currency, Money, PageRequest, Sku};
use platform::store::{Db, Document, Json, Key, StoreError, Time, Tx, Uid, corrupt, one_of};
use platform::{insert_all, on, on_locked};

use crate::product::search_text;
use crate::schema::{prices, products, variants};

pub(crate) const HANDLE_UNIQUE: &str = "products_handle_key";
pub(crate) const SKU_UNIQUE: &str = "variants_sku_key_key";

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
struct ProductRow {
    id: Key,
    handle: String,
    title: String,
    description: Option<String>,
    category: Option<String>,
    tax_category: Option<String>,
    status: String,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

#[derive(Insertable)]
#[diesel(table_name = products)]
struct NewProductRow<'a> {
    id: Key,
    handle: &'a str,
    title: &'a str,
    description: Option<&'a str>,
    category: Option<&'a str>,
    tax_category: Option<&'a str>,
    status: &'static str,
    search: String,
    version: i64,
    created_at: Time,
    updated_at: Time,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = variants)]
struct VariantRow {
    id: Key,
    product_id: Key,
    sku: String,
    sku_key: String,
    title: String,
    options: Json,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = prices)]
struct PriceRow {
    variant_id: Key,
    currency: String,
    amount: i64,
    place: i32,
}

/// How a path or another module names a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProductRef {
    Id(ProductId),
    Handle(String),
}

/// Which products a list shows. Empty shows all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Part of the title, the description, the handle or a SKU, in any case.
    pub text: Option<String>,
    pub category: Option<String>,
    pub status: Option<ProductStatus>,
    pub sku: Option<Sku>,
}

pub(crate) fn find(db: &mut Db<'_>, product: &ProductRef) -> Result<Option<Product>, StoreError> {
    let row: Option<ProductRow> = match product {
        ProductRef::Id(id) => on!(db, |conn| products::table
            .find(Key::from(*id))
            .select(ProductRow::as_select())
            .first(conn)
            .optional())?,
        ProductRef::Handle(handle) => on!(db, |conn| products::table
            .filter(products::handle.eq(handle))
            .select(ProductRow::as_select())
            .first(conn)
            .optional())?,
    };
    Ok(whole(db, row.into_iter().collect())?.pop())
}

/// A product that the transaction is about to change.
pub(crate) fn lock(tx: &mut Tx<'_>, id: ProductId) -> Result<Option<Product>, StoreError> {
    let row: Option<ProductRow> = on_locked!(
        tx,
        products::table.find(Key::from(id)).select(ProductRow::as_select()),
        |query, conn| query.first(conn).optional()
    )?;
    Ok(whole(tx, row.into_iter().collect())?.pop())
}

/// The product that a variant belongs to.
pub(crate) fn product_of(db: &mut Db<'_>, sku: &Sku) -> Result<Option<ProductId>, StoreError> {
    let id: Option<Key> = on!(db, |conn| variants::table
        .filter(variants::sku_key.eq(sku.key()))
        .select(variants::product_id)
        .first(conn)
        .optional())?;
    Ok(id.map(Key::id))
}

/// Newest first; one row more than the page holds, if there are that many.
pub(crate) fn list(
    db: &mut Db<'_>,
    filter: &Filter,
    page: &PageRequest<ProductId>,
) -> Result<Vec<Product>, StoreError> {
    let rows: Vec<ProductRow> = on!(db, |conn| {
        let mut query = products::table.select(ProductRow::as_select()).into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(products::status.eq(status_text(status)));
        }
        if let Some(category) = &filter.category {
            query = query.filter(products::category.eq(category));
        }
        if let Some(sku) = &filter.sku {
            let owner = variants::table.filter(variants::sku_key.eq(sku.key())).select(variants::product_id);
            query = query.filter(products::id.eq_any(owner));
        }
        if let Some(text) = &filter.text {
            query = query.filter(products::search.like(like(text)).escape('\\'));
        }
        if let Some(after) = page.after {
            query = query.filter(products::id.lt(Key::from(after)));
        }
        query.order(products::id.desc()).limit(page.limit.plus_one()).load(conn)
    })?;
    whole(db, rows)
}

/// In the order of their ids, after `after`.
pub(crate) fn walk(
    db: &mut Db<'_>,
    after: Option<ProductId>,
    limit: i64,
) -> Result<Vec<Product>, StoreError> {
    let after = after.map_or(Key(Default::default()), Key::from);
    let rows: Vec<ProductRow> = on!(db, |conn| products::table
        .filter(products::id.gt(after))
        .order(products::id)
        .limit(limit)
        .select(ProductRow::as_select())
        .load(conn))?;
    whole(db, rows)
}

/// The pattern that finds `text` anywhere, with nothing in it taken for a wildcard.
fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len().saturating_add(2));
    pattern.push('%');
    for char in text.to_lowercase().chars() {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern.push('%');
    pattern
}

/// Adds their variants and prices to rows, and keeps the rows' order.
fn whole(db: &mut Db<'_>, rows: Vec<ProductRow>) -> Result<Vec<Product>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Key> = rows.iter().map(|row| row.id).collect();
    let variant_rows: Vec<VariantRow> = on!(db, |conn| variants::table
        .filter(one_of(variants::product_id, &ids))
        .order(variants::id)
        .select(VariantRow::as_select())
        .load(conn))?;
    let variant_ids: Vec<Key> = variant_rows.iter().map(|row| row.id).collect();
    let price_rows: Vec<PriceRow> = on!(db, |conn| prices::table
        .filter(one_of(prices::variant_id, &variant_ids))
        .order((prices::variant_id, prices::place))
        .select(PriceRow::as_select())
        .load(conn))?;
    let mut price_lists: HashMap<Key, Vec<Money>> = HashMap::new();
    for row in price_rows {
        price_lists.entry(row.variant_id).or_default().push(row.money()?);
    }
    let mut variants_of: HashMap<Key, Vec<Variant>> = HashMap::new();
    for row in variant_rows {
        let (product_id, prices) = (row.product_id, price_lists.remove(&row.id).unwrap_or_default());
        variants_of.entry(product_id).or_default().push(row.variant(prices)?);
    }
    rows.into_iter()
        .map(|row| {
            let variants = variants_of.remove(&row.id).unwrap_or_default();
            row.product(variants)
        })
        .collect()
}

impl ProductRow {
    fn product(self, variants: Vec<Variant>) -> Result<Product, StoreError> {
        let id: ProductId = self.id.id();
        Ok(Product {
            id,
            title: self.title,
            handle: self.handle,
            description: self.description,
            category: self.category,
            tax_category: self.tax_category,
            status: status(&self.status, id)?,
            variants,
            version: self.version,
            created_at: self.created_at.0,
            updated_at: self.updated_at.0,
        })
    }
}

impl VariantRow {
    fn variant(self, prices: Vec<Money>) -> Result<Variant, StoreError> {
        let id: VariantId = self.id.id();
        let options: BTreeMap<String, String> = serde_json::from_str(&self.options.0)
            .map_err(|error| corrupt("variants", "options", id, error))?;
        Ok(Variant { id, sku: sku(&self.sku, self.id)?, title: self.title, options, prices })
    }
}

impl PriceRow {
    fn money(&self) -> Result<Money, StoreError> {
        Ok(Money::new(self.amount, currency(&self.currency, self.variant_id)?))
    }
}

fn sku(text: &str, variant: Key) -> Result<Sku, StoreError> {
    Sku::parse(text)
        .map_err(|error| corrupt("variants", "sku", variant.id::<catalog_api::VariantKind>(), error))
}

fn currency(code: &str, variant: Key) -> Result<Currency, StoreError> {
    let broken = |error| corrupt("prices", "currency", variant.id::<catalog_api::VariantKind>(), error);
    Currency::parse(code).map_err(broken)
}

fn status_text(status: ProductStatus) -> &'static str {
    match status {
        ProductStatus::Draft => "draft",
        ProductStatus::Active => "active",
        ProductStatus::Archived => "archived",
    }
}

fn status(text: &str, id: ProductId) -> Result<ProductStatus, StoreError> {
    match text {
        "draft" => Ok(ProductStatus::Draft),
        "active" => Ok(ProductStatus::Active),
        "archived" => Ok(ProductStatus::Archived),
        _ => Err(corrupt("products", "status", id, text)),
    }
}

/// Refused as a duplicate of [`HANDLE_UNIQUE`] if the handle is taken.
pub(crate) fn insert_product(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    let row = NewProductRow {
        id: product.id.into(),
        handle: &product.handle,
        title: &product.title,
        description: product.description.as_deref(),
        category: product.category.as_deref(),
        tax_category: product.tax_category.as_deref(),
        status: status_text(product.status),
        search: search_text(product),
        version: product.version,
        created_at: product.created_at.into(),
        updated_at: product.updated_at.into(),
    };
    on!(tx, |conn| diesel::insert_into(products::table).values(&row).execute(conn))?;
    Ok(())
}

/// Saves all but the variants. Refused as a duplicate of [`HANDLE_UNIQUE`] if the handle is taken.
pub(crate) fn update_product(tx: &mut Tx<'_>, product: &Product) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(products::table.find(Key::from(product.id)))
        .set((
            products::handle.eq(&product.handle),
            products::title.eq(&product.title),
            products::description.eq(&product.description),
            products::category.eq(&product.category),
            products::tax_category.eq(&product.tax_category),
            products::status.eq(status_text(product.status)),
            products::search.eq(search_text(product)),
            products::version.eq(product.version),
            products::updated_at.eq(Time(product.updated_at)),
        ))
        .execute(conn))?;
    Ok(())
}

/// With their prices. Refused as a duplicate of [`SKU_UNIQUE`] if a SKU is taken.
pub(crate) fn insert_variants(
    tx: &mut Tx<'_>,
    product: ProductId,
    new: &[Variant],
) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(new.len());
    for variant in new {
        rows.push(VariantRow {
            id: variant.id.into(),
            product_id: product.into(),
            sku: variant.sku.to_string(),
            sku_key: variant.sku.key(),
            title: variant.title.clone(),
            options: Json::of(&variant.options)?,
        });
    }
    // In one order, so that two products with common SKUs are refused and not deadlocked.
    rows.sort_by(|a, b| a.sku_key.cmp(&b.sku_key));
    insert_all!(tx, variants, &rows, {
        id: Uid, product_id: Uid, sku: Text, sku_key: Text, title: Text, options: Document
    })?;
    let prices: Vec<PriceRow> =
        new.iter().flat_map(|variant| price_rows(variant.id, &variant.prices)).collect();
    insert_prices(tx, &prices)
}

pub(crate) fn replace_prices(tx: &mut Tx<'_>, variant: VariantId, new: &[Money]) -> Result<(), StoreError> {
    let old = prices::table.filter(prices::variant_id.eq(Key::from(variant)));
    on!(tx, |conn| diesel::delete(old).execute(conn))?;
    let rows: Vec<PriceRow> = price_rows(variant, new).collect();
    insert_prices(tx, &rows)
}

fn insert_prices(tx: &mut Tx<'_>, rows: &[PriceRow]) -> Result<(), StoreError> {
    Ok(insert_all!(tx, prices, rows, { variant_id: Uid, currency: Text, amount: BigInt, place: Integer })?)
}

fn price_rows(variant: VariantId, prices: &[Money]) -> impl Iterator<Item = PriceRow> + '_ {
    prices.iter().zip(0..).map(move |(price, place)| PriceRow {
        variant_id: variant.into(),
        currency: price.currency().code().to_owned(),
        amount: price.minor(),
        place,
    })
}

/// Which of these handles are in use.
pub(crate) fn taken_handles(db: &mut Db<'_>, handles: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| products::table
        .filter(one_of(products::handle, handles))
        .select(products::handle)
        .load(conn))?)
}

/// Which of these SKUs, by key, are in use.
pub(crate) fn taken_skus(db: &mut Db<'_>, keys: &[String]) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| variants::table
        .filter(one_of(variants::sku_key, keys))
        .select(variants::sku_key)
        .load(conn))?)
}

/// Prices below zero, which the tables refuse.
pub(crate) fn negative_prices(db: &mut Db<'_>) -> Result<Vec<(VariantId, String, i64)>, StoreError> {
    let rows: Vec<PriceRow> =
        on!(db, |conn| prices::table.filter(prices::amount.lt(0)).select(PriceRow::as_select()).load(conn))?;
    Ok(rows.into_iter().map(|row| (row.variant_id.id(), row.currency, row.amount)).collect())
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn wildcards_are_taken_literally() {
        assert_eq!(like(r"50%_Ä\"), r"%50\%\_ä\\%");
    }
}
