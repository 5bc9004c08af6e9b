//! What the order module copies of what others own: names and addresses of customers, titles of products. For display, and
//! for orders that are placed while the customer module is away.

use std::collections::BTreeMap;

use catalog_api::Product;
use customer_api::{AddressFields, AddressId, CustomerSnapshot};
use kernel::{Freshness, Timestamp};
use platform::copies::Owned;
use serde::Serialize;
use utoipa::ToSchema;

/// Of a customer, as of one version of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CustomerFact {
    pub name: String,
    pub as_of: Timestamp,
    /// By their ids.
    pub addresses: BTreeMap<AddressId, AddressFact>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AddressFact {
    pub version: i64,
    /// `None` when what is stored cannot be read.
    pub fields: Option<AddressFields>,
}

/// Of a product, as of one version of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ProductFact {
    pub title: String,
    pub as_of: Timestamp,
    /// Titles of the variants, by SKU as the catalog writes it.
    pub variants: BTreeMap<String, String>,
}

/// An address as it was copied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CopiedAddress {
    pub fields: AddressFields,
    /// The customer's version that it is from.
    pub source_version: i64,
    pub as_of: Timestamp,
}

/// A customer as it was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CustomerCopy {
    pub name: String,
    pub freshness: Freshness,
}

/// What the goods of a line are called, as it was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct TitleCopy {
    #[schema(value_type = kernel::Sku)]
    pub sku: String,
    pub title: String,
    pub freshness: Freshness,
}

pub(crate) fn freshness(source: &str, source_version: i64, as_of: Timestamp) -> Freshness {
    Freshness { source: source.to_owned(), source_version, as_of }
}

/// What is copied of a customer.
pub(crate) fn of_customer(snapshot: CustomerSnapshot) -> Owned<CustomerFact> {
    let CustomerSnapshot { id, version, updated_at, name, addresses } = snapshot;
    let addresses = addresses.into_iter();
    let addresses = addresses
        .map(|one| (one.id, AddressFact { version: one.version, fields: Some(one.fields) }))
        .collect();
    Owned { key: id.into(), version, fact: CustomerFact { name, as_of: updated_at, addresses } }
}

/// What is copied of a product.
pub(crate) fn of_product(product: &Product) -> Owned<ProductFact> {
    let titles = product.variants.iter().map(|one| (one.sku.as_str().to_owned(), one.title.clone()));
    let (title, as_of) = (product.title.clone(), product.updated_at);
    let fact = ProductFact { title, as_of, variants: titles.collect() };
    Owned { key: product.id.into(), version: product.version, fact }
}
