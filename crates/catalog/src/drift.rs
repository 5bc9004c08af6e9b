//! The copies of reference's codes, as they are compared with their owner.

use kernel::{BoxFut, CallCtx};
use platform::copies::{Copies, Kept, Mending, Owned, PAGE};
use platform::events::subscription::Dispatcher;
use platform::store::{Db, StoreError, Tx};
use reference_api::WalkCodes;

use crate::categories::known;
use crate::module::CatalogModule;
use crate::store::categories::{self, KnownCategory};
use crate::store::tax_categories::{self, KnownTaxCategory};
use crate::tax_categories as tax;

pub(crate) struct CategoryCopies(pub CatalogModule);
pub(crate) struct TaxCategoryCopies(pub CatalogModule);

impl Copies for CategoryCopies {
    type Key = String;
    type Fact = KnownCategory;

    fn name(&self) -> &'static str {
        "catalog.known_categories"
    }

    fn subject(&self, key: &String) -> String {
        key.clone()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_reference
    }

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Kept<String, KnownCategory>>, StoreError>> {
        let page = move |db: &mut Db<'_>| categories::page(db, &after.unwrap_or_default());
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Owned<String, KnownCategory>>, StoreError>> {
        Box::pin(async move {
            let found = self.0.reference.walk_categories(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("reference: {error}")))?;
            Ok(found.categories.iter().map(|one| known(&one.category, one.removed).owned()).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<String, KnownCategory>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let mend = move |tx: &mut Tx<'_>| categories::mend(tx, &all);
        Box::pin(self.0.foundation.store.write(cx, "catalog.mend_copies", mend))
    }
}

impl Copies for TaxCategoryCopies {
    type Key = String;
    type Fact = KnownTaxCategory;

    fn name(&self) -> &'static str {
        "catalog.known_tax_categories"
    }

    fn subject(&self, key: &String) -> String {
        key.clone()
    }

    fn feed(&self) -> &Dispatcher {
        &self.0.follow_tax_categories
    }

    fn kept<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Kept<String, KnownTaxCategory>>, StoreError>> {
        let page = move |db: &mut Db<'_>| tax_categories::page(db, &after.unwrap_or_default());
        Box::pin(self.0.foundation.store.read(cx, page))
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> BoxFut<'a, Result<Vec<Owned<String, KnownTaxCategory>>, StoreError>> {
        Box::pin(async move {
            let found = self.0.reference.walk_tax_categories(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| StoreError::Unavailable(format!("reference: {error}")))?;
            Ok(found.tax_categories.iter().map(|one| tax::known(one).owned()).collect())
        })
    }

    fn mend<'a>(
        &'a self,
        cx: &'a CallCtx,
        all: Vec<Mending<String, KnownTaxCategory>>,
    ) -> BoxFut<'a, Result<(), StoreError>> {
        let mend = move |tx: &mut Tx<'_>| tax_categories::mend(tx, &all);
        Box::pin(self.0.foundation.store.write(cx, "catalog.mend_copies", mend))
    }
}
