//! Which categories products may name: a copy of codes that the reference module owns, fed by its events. What the copy lacks
//! is asked for, so that a category counts from the moment it is made, however far behind the feed is.

use kernel::CallCtx;
use platform::Change;
use platform::events::subscription::{Fault, Told};
use platform::store::{StoreError, Tx};
use reference_api::{Category, CategoryEvent, FindCategories};

use crate::error::Error;
use crate::module::CatalogModule;
use crate::store::categories::{self, KnownCategory};

/// The subscription's name; the cursor is stored under it.
pub(crate) const FOLLOW_REFERENCE: &str = "catalog.follow_reference";

/// Notes what became of categories. What is older than the copy changes nothing.
pub(crate) fn follow(tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, CategoryEvent>]) -> Result<(), Fault> {
    let heard = told.iter().map(|told| match &told.event {
        CategoryEvent::Created { category }
        | CategoryEvent::Renamed { category }
        | CategoryEvent::Moved { category } => known(category, false),
        CategoryEvent::Removed { category } => known(category, true),
    });
    Ok(categories::note(tx, heard)?)
}

pub(crate) fn known(category: &Category, removed: bool) -> KnownCategory {
    KnownCategory {
        code: category.code.clone(),
        removed,
        source_version: category.version,
        as_of: category.updated_at.into(),
    }
}

impl CatalogModule {
    /// Asks the owner for a category that the copy does not have, or has as removed, and notes the answer. To be called
    /// before a transaction in which [`admit`] looks at the copy.
    pub(crate) async fn learn_category(&self, cx: &CallCtx, category: Option<&str>) -> Result<(), Error> {
        let Some(code) = category.map(str::to_owned) else { return Ok(()) };
        let (store, codes) = (&self.foundation.store, vec![code.clone()]);
        if store.peek(cx, move |db| categories::is_there(db, &code)).await? {
            return Ok(());
        }
        let found = self.reference.find_categories(cx, FindCategories { codes }).await?.categories;
        if found.is_empty() {
            return Ok(());
        }
        let note =
            move |tx: &mut Tx<'_>| categories::note(tx, found.iter().map(|category| known(category, false)));
        Ok(store.write::<_, StoreError, _>(cx, "catalog.learn_category", note).await?)
    }
}

/// Refuses a category that is not there for a product to be put in.
pub(crate) fn admit(tx: &mut Tx<'_>, category: Option<&str>) -> Result<(), Error> {
    match category {
        Some(code) if !categories::is_there(tx, code)? => Err(Error::UnknownCategory(code.to_owned())),
        _ => Ok(()),
    }
}
