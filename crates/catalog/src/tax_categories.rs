//! Which tax categories products may be of: a copy of the reference module's codes, kept as that of [categories](super::categories)
//! is. None is ever taken away.

use kernel::CallCtx;
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::store::{StoreError, Tx};
use reference_api::{FindTaxCategories, TaxCategory, TaxCategoryEvent};

use crate::error::Error;
use crate::module::CatalogModule;
use crate::store::tax_categories::{self, KnownTaxCategory};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_TAX_CATEGORIES: &str = "catalog.follow_tax_categories";

/// Notes what became of tax categories. What is older than the copy changes nothing.
pub(crate) fn follow(tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, TaxCategoryEvent>]) -> Result<(), Fault> {
    let heard = told.iter().map(|told| match &told.event {
        TaxCategoryEvent::Added { tax_category } | TaxCategoryEvent::Updated { tax_category } => {
            known(tax_category)
        }
    });
    Ok(tax_categories::note(tx, heard)?)
}

pub(crate) fn known(tax_category: &TaxCategory) -> KnownTaxCategory {
    KnownTaxCategory {
        code: tax_category.code.clone(),
        source_version: tax_category.version,
        as_of: tax_category.updated_at.into(),
    }
}

impl CatalogModule {
    /// Asks the owner for a tax category that the copy does not have, and notes the answer. To be called before a transaction
    /// in which [`admit`] looks at the copy.
    pub(crate) async fn learn_tax_category(
        &self,
        cx: &CallCtx,
        tax_category: Option<&str>,
    ) -> Result<(), Error> {
        let Some(code) = tax_category.map(str::to_owned) else { return Ok(()) };
        let (store, codes) = (&self.foundation.store, vec![code.clone()]);
        if store.peek(cx, move |db| tax_categories::is_there(db, &code)).await? {
            return Ok(());
        }
        let found = self.reference.find_tax_categories(cx, FindTaxCategories { codes }).await?.tax_categories;
        if found.is_empty() {
            return Ok(());
        }
        let note = move |tx: &mut Tx<'_>| tax_categories::note(tx, found.iter().map(known));
        Ok(store.write::<_, StoreError, _>(cx, "catalog.learn_tax_category", note).await?)
    }
}

/// Refuses a tax category that is not there for a product to be of.
pub(crate) fn admit(tx: &mut Tx<'_>, tax_category: Option<&str>) -> Result<(), Error> {
    match tax_category {
        Some(code) if !tax_categories::is_there(tx, code)? => Err(Error::UnknownTaxCategory(code.to_owned())),
        _ => Ok(()),
    }
}
