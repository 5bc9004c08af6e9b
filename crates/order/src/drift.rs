//! The copies, as they are compared with their owners.

use catalog_api::{ProductKind, WalkProducts};
use customer_api::{CustomerKind, WalkSnapshots};
use kernel::{BoxFut, CallCtx, Id};
use order_api::OrderKind;
use payment_api::WalkPayments;
use platform::copies::{Copies, Kept, Mending, Owned, PAGE};
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

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Kept<Key, CustomerFact>>, StoreError>> {
        let page = move |db: &mut Db<'_>| customer_copies::page(db, after.unwrap_or(BEGINNING));
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Owned<Key, CustomerFact>>, StoreError>> {
        Box::pin(async move {
            let walk = WalkSnapshots { after: after.map(Key::id), limit: PAGE };
            let found = self.0.customers.walk_snapshots(cx, walk).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("customer: {error}")))?;
            Ok(found.customers.into_iter().map(of_customer).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<Key, CustomerFact>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let mend = move |tx: &mut Tx<'_>| customer_copies::mend(tx, &all);
        Box::pin(self.0.foundation.store.write(cx, "order.mend_copies", mend))
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

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Kept<Key, ProductFact>>, StoreError>> {
        let page = move |db: &mut Db<'_>| product_copies::page(db, after.unwrap_or(BEGINNING));
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Owned<Key, ProductFact>>, StoreError>> {
        Box::pin(async move {
            let walk = WalkProducts { after: after.map(Key::id), limit: PAGE };
            let found = self.0.catalog.walk(cx, walk).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("catalog: {error}")))?;
            Ok(found.products.iter().map(of_product).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<Key, ProductFact>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let mend = move |tx: &mut Tx<'_>| product_copies::mend(tx, &all);
        Box::pin(self.0.foundation.store.write(cx, "order.mend_copies", mend))
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

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Kept<Key, PaymentFact>>, StoreError>> {
        let page = move |db: &mut Db<'_>| payments::page(db, after.unwrap_or(BEGINNING));
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<Key>,
    ) -> BoxFut<'a, Result<Vec<Owned<Key, PaymentFact>>, StoreError>> {
        Box::pin(async move {
            let walk = WalkPayments { after: after.map(Key::id), limit: PAGE };
            let found = self.0.payments.walk(cx, walk).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("payment: {error}")))?;
            Ok(found.payments.iter().map(of_payment).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<Key, PaymentFact>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let (foundation, call) = (self.0.foundation.clone(), cx.clone());
        let mend = move |tx: &mut Tx<'_>| mend_payments(tx, &foundation.change(&call), &all);
        Box::pin(self.0.foundation.store.write(cx, "order.mend_copies", mend))
    }
}
