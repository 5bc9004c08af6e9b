//! The copies, as they are compared with their owners.

use catalog_api::{ProductKind, WalkProducts};
use customer_api::{CustomerKind, WalkSnapshots};
use kernel::{CallCtx, Id};
use order_api::OrderKind;
use payment_api::WalkPayments;
use platform::Change;
use platform::copies::{Copies, Kept, Mending, Owned, PAGE, Walked};
use platform::events::subscription::Dispatcher;
use platform::store::{Db, Key, StoreError, Tx};

use crate::copies::{
    CustomerFact, PaymentFact, ProductFact, is_all_that_was_told, of_customer, of_payment, of_product,
};
use crate::module::OrderModule;
use crate::reactions::mend_payments;
use crate::store::{customer_copies, payments, product_copies};

pub(crate) struct CustomerCopies(pub OrderModule);
pub(crate) struct ProductCopies(pub OrderModule);
pub(crate) struct PaymentCopies(pub OrderModule);

const BEGINNING: Key = Key(uuid::Uuid::nil());

impl Copies for CustomerCopies {
    type Key = Key;
    type Fact = CustomerFact;

    fn name(&self) -> &'static str {
        "order.customer_copies"
    }

    fn subject(&self, key: &Key) -> String {
        Id::<CustomerKind>::from_uuid(key.0).to_string()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_customers
    }

    fn page(db: &mut Db<'_>, after: Option<Key>) -> Result<Vec<Kept<Key, CustomerFact>>, StoreError> {
        customer_copies::page(db, after.unwrap_or(BEGINNING))
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<Key>) -> Walked<'a, Owned<Key, CustomerFact>> {
        Box::pin(async move {
            let walk = WalkSnapshots { after: after.map(Key::id), limit: PAGE };
            let found = self.0.customers.walk_snapshots(cx, walk).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.customers.into_iter().map(of_customer).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<Key, CustomerFact>]) -> Result<(), StoreError> {
        customer_copies::mend(tx, all)
    }
}

impl Copies for ProductCopies {
    type Key = Key;
    type Fact = ProductFact;

    fn name(&self) -> &'static str {
        "order.product_copies"
    }

    fn subject(&self, key: &Key) -> String {
        Id::<ProductKind>::from_uuid(key.0).to_string()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_products
    }

    fn page(db: &mut Db<'_>, after: Option<Key>) -> Result<Vec<Kept<Key, ProductFact>>, StoreError> {
        product_copies::page(db, after.unwrap_or(BEGINNING))
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<Key>) -> Walked<'a, Owned<Key, ProductFact>> {
        Box::pin(async move {
            let walk = WalkProducts { after: after.map(Key::id), limit: PAGE };
            let found = self.0.catalog.walk(cx, walk).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.products.iter().map(of_product).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<Key, ProductFact>]) -> Result<(), StoreError> {
        product_copies::mend(tx, all)
    }
}

impl Copies for PaymentCopies {
    type Key = Key;
    type Fact = PaymentFact;

    fn name(&self) -> &'static str {
        "order.order_payments"
    }

    fn subject(&self, key: &Key) -> String {
        Id::<OrderKind>::from_uuid(key.0).to_string()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_payments
    }

    fn is_as_good(&self, kept: Option<&Kept<Key, PaymentFact>>, owned: &Owned<Key, PaymentFact>) -> bool {
        is_all_that_was_told(kept, owned)
    }

    fn page(db: &mut Db<'_>, after: Option<Key>) -> Result<Vec<Kept<Key, PaymentFact>>, StoreError> {
        payments::page(db, after.unwrap_or(BEGINNING))
    }

    fn owned<'a>(&'a self, cx: &'a CallCtx, after: Option<Key>) -> Walked<'a, Owned<Key, PaymentFact>> {
        Box::pin(async move {
            let walk = WalkPayments { after: after.map(Key::id), limit: PAGE };
            let found = self.0.payments.walk(cx, walk).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.payments.iter().map(of_payment).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, change: &Change, all: &[Mending<Key, PaymentFact>]) -> Result<(), StoreError> {
        mend_payments(tx, change, all)
    }
}
