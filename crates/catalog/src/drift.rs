//! The copies of reference's codes, as they are compared with their owner.

use kernel::CallCtx;
use platform::Change;
use platform::copies::{Copies, Kept, Mending, Owned, PAGE, Walked};
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

    fn page(db: &mut Db<'_>, after: Option<String>) -> Result<Vec<Kept<String, KnownCategory>>, StoreError> {
        categories::page(db, &after.unwrap_or_default())
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> Walked<'a, Owned<String, KnownCategory>> {
        Box::pin(async move {
            let found = self.0.reference.walk_categories(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.categories.iter().map(|one| known(&one.category, one.removed).owned()).collect())
        })
    }

    fn mend(tx: &mut Tx<'_>, _: &Change, all: &[Mending<String, KnownCategory>]) -> Result<(), StoreError> {
        categories::mend(tx, all)
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

    fn page(
        db: &mut Db<'_>,
        after: Option<String>,
    ) -> Result<Vec<Kept<String, KnownTaxCategory>>, StoreError> {
        tax_categories::page(db, &after.unwrap_or_default())
    }

    fn owned<'a>(
        &'a self,
        cx: &'a CallCtx,
        after: Option<String>,
    ) -> Walked<'a, Owned<String, KnownTaxCategory>> {
        Box::pin(async move {
            let found = self.0.reference.walk_tax_categories(cx, WalkCodes { after, limit: PAGE }).await;
            let found = found.map_err(|error| self.away(error))?;
            Ok(found.tax_categories.iter().map(|one| tax::known(one).owned()).collect())
        })
    }

    fn mend(
        tx: &mut Tx<'_>,
        _: &Change,
        all: &[Mending<String, KnownTaxCategory>],
    ) -> Result<(), StoreError> {
        tax_categories::mend(tx, all)
    }
}
