//! What the order module copies of what others own: names and addresses of customers, titles of products, how payments stand.
//! For display, for orders that are placed while the customer module is away, and to end those that are paid for.

use std::collections::BTreeMap;

use catalog_api::Product;
use customer_api::{AddressFields, AddressId, CustomerSnapshot};
use kernel::{Freshness, Timestamp};
use payment_api::{Payment, PaymentStatus};
use platform::copies::{Kept, Owned};
use platform::store::Key;
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

/// Of a payment, as of one version of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PaymentFact {
    /// `None` when what is stored is no status.
    pub status: Option<PaymentStatus>,
    /// How much was ever captured, in minor units.
    pub captured: i64,
    pub as_of: Timestamp,
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
pub(crate) fn of_customer(snapshot: CustomerSnapshot) -> Owned<Key, CustomerFact> {
    let CustomerSnapshot { id, version, updated_at, name, addresses } = snapshot;
    let addresses = addresses.into_iter();
    let addresses = addresses
        .map(|one| (one.id, AddressFact { version: one.version, fields: Some(one.fields) }))
        .collect();
    Owned { key: id.into(), version, fact: CustomerFact { name, as_of: updated_at, addresses } }
}

/// What is copied of a product.
pub(crate) fn of_product(product: &Product) -> Owned<Key, ProductFact> {
    let titles = product.variants.iter().map(|one| (one.sku.as_str().to_owned(), one.title.clone()));
    let (title, as_of) = (product.title.clone(), product.updated_at);
    let fact = ProductFact { title, as_of, variants: titles.collect() };
    Owned { key: product.id.into(), version: product.version, fact }
}

/// What is copied of a payment.
pub(crate) fn of_payment(payment: &Payment) -> Owned<Key, PaymentFact> {
    let (captured, as_of) = (payment.captured.minor(), payment.updated_at);
    let fact = PaymentFact { status: Some(payment.status), captured, as_of };
    Owned { key: payment.order_id.into(), version: payment.version, fact }
}

/// Whether nothing is missing in the copy of a payment, although it is from another version: many steps of a payment are not
/// told of, as they change nothing that an order has to know.
pub(crate) fn is_all_that_was_told(
    kept: Option<&Kept<Key, PaymentFact>>,
    owned: &Owned<Key, PaymentFact>,
) -> bool {
    let same_captured = kept.map_or(0, |kept| kept.fact.captured) == owned.fact.captured;
    if is_between(owned) {
        return same_captured;
    }
    let older = kept.filter(|kept| kept.at.version < owned.version);
    same_captured && older.is_some_and(|kept| kept.fact.status == owned.fact.status)
}

/// Whether it waits for an outcome that will be told, or is the mark of one that never was.
fn is_between(owned: &Owned<Key, PaymentFact>) -> bool {
    match owned.fact.status {
        Some(
            PaymentStatus::Pending
            | PaymentStatus::RequiresAction
            | PaymentStatus::Unknown
            | PaymentStatus::Voiding,
        ) => true,
        Some(PaymentStatus::Voided) => owned.version == 1,
        _ => false,
    }
}
