//! What other modules compare their copies with: all codes of a kind, page by page.

use kernel::CallCtx;
use platform::store::Db;
use reference_api::{Countries, TaxCategories, WalkCodes, WalkedCategories};

use crate::error::Error;
use crate::module::ReferenceModule;
use crate::store::{categories, countries, tax_categories};

impl ReferenceModule {
    pub(crate) async fn walk_categories(
        &self,
        cx: &CallCtx,
        walk: WalkCodes,
    ) -> Result<WalkedCategories, Error> {
        let read = move |db: &mut Db<'_>| Ok(WalkedCategories { categories: categories::walk(db, &walk)? });
        self.look(cx, read).await
    }

    pub(crate) async fn walk_countries(&self, cx: &CallCtx, walk: WalkCodes) -> Result<Countries, Error> {
        self.look(cx, move |db| Ok(Countries { countries: countries::walk(db, &walk)? })).await
    }

    pub(crate) async fn walk_tax_categories(
        &self,
        cx: &CallCtx,
        walk: WalkCodes,
    ) -> Result<TaxCategories, Error> {
        let read =
            move |db: &mut Db<'_>| Ok(TaxCategories { tax_categories: tax_categories::walk(db, &walk)? });
        self.look(cx, read).await
    }
}
