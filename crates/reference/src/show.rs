//! Showing what there is: one, and pages of many.

use kernel::{CallCtx, Currency, Page, PageRequest};
use platform::http::rules::slug;
use platform::store::Db;
use reference_api::{Category, Country, CurrencyFacts, TaxCategories, TaxCategory};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::category::LONGEST_CODE;
use crate::error::Error;
use crate::module::ReferenceModule;
use crate::store::{categories, countries, currencies, tax_categories};
use crate::tree::{Node, Tree};

/// A category and its place in the taxonomy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = PlacedCategory)]
pub(crate) struct Placed {
    #[serde(flatten)]
    pub category: Category,
    /// Codes from the top down to this one.
    pub path: Vec<String>,
    /// Categories above it: 0 at the top.
    pub depth: usize,
}

impl Placed {
    pub(crate) fn find(tree: &Tree, code: &str) -> Result<Placed, Error> {
        let category = tree.get(code).ok_or_else(|| Error::CategoryNotFound(code.to_owned()))?;
        Ok(Placed::of(tree, category))
    }

    fn of(tree: &Tree, category: &Category) -> Placed {
        let path = tree.path(&category.code);
        Placed { category: category.clone(), depth: path.len().saturating_sub(1), path }
    }
}

/// A slug that a code may be; others name nothing, and are not asked the tables for.
pub(crate) fn is_code(text: &str) -> bool {
    slug(LONGEST_CODE)(text, &()).is_ok()
}

/// Two upper-case letters.
pub(crate) fn is_alpha2(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl ReferenceModule {
    pub(crate) async fn look<R: Send + 'static>(
        &self,
        cx: &CallCtx,
        query: impl FnOnce(&mut Db<'_>) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        self.foundation.store.read(cx, query).await
    }

    pub(crate) async fn find_categories(
        &self,
        cx: &CallCtx,
        codes: Vec<String>,
    ) -> Result<Vec<Category>, Error> {
        self.look(cx, move |db| Ok(categories::find(db, &codes)?)).await
    }

    pub(crate) async fn find_countries(
        &self,
        cx: &CallCtx,
        codes: Vec<String>,
    ) -> Result<Vec<Country>, Error> {
        self.look(cx, move |db| Ok(countries::find(db, &codes)?)).await
    }

    pub(crate) async fn find_tax_categories(
        &self,
        cx: &CallCtx,
        codes: Vec<String>,
    ) -> Result<TaxCategories, Error> {
        let read = move |db: &mut Db<'_>| {
            Ok(TaxCategories { tax_categories: tax_categories::find_all(db, &codes)? })
        };
        self.look(cx, read).await
    }

    pub(crate) async fn get_category(&self, cx: &CallCtx, code: String) -> Result<Placed, Error> {
        if !is_code(&code) {
            return Err(Error::CategoryNotFound(code));
        }
        self.look(cx, move |db| Placed::find(&categories::tree(db)?, &code)).await
    }

    pub(crate) async fn get_country(&self, cx: &CallCtx, code: String) -> Result<Country, Error> {
        let found = match is_alpha2(&code) {
            true => self.find_countries(cx, vec![code.clone()]).await?.pop(),
            false => None,
        };
        found.ok_or(Error::CountryNotFound(code))
    }

    pub(crate) async fn get_tax_category(&self, cx: &CallCtx, code: String) -> Result<TaxCategory, Error> {
        if !is_code(&code) {
            return Err(Error::TaxCategoryNotFound(code));
        }
        let found =
            self.look(cx, move |db| tax_categories::find(db, &code)?.ok_or(Error::TaxCategoryNotFound(code)));
        found.await
    }

    /// In the order of the tree. `None` if the page is to follow a category that never was.
    pub(crate) async fn list_categories(
        &self,
        cx: &CallCtx,
        page: PageRequest<String>,
    ) -> Result<Option<Page<Placed>>, Error> {
        let tree = self.look(cx, |db| Ok(categories::tree(db)?)).await?;
        let mut nodes = tree.in_order().into_iter();
        if let Some(after) = &page.after
            && !nodes.any(|node| node.category.code == *after)
        {
            return Ok(None);
        }
        let most = usize::try_from(page.limit.plus_one()).unwrap_or(usize::MAX);
        let there = nodes.filter(|node| !node.removed).take(most);
        let rows = there.map(|Node { category, .. }| Placed::of(&tree, category)).collect();
        Ok(Some(Page::cut(rows, page.limit, |placed| placed.category.code.clone())))
    }

    pub(crate) async fn list_countries(
        &self,
        cx: &CallCtx,
        page: PageRequest<String>,
    ) -> Result<Page<Country>, Error> {
        let limit = page.limit;
        let rows = self.look(cx, move |db| Ok(countries::list(db, &page)?)).await?;
        Ok(Page::cut(rows, limit, |country| country.code.clone()))
    }

    pub(crate) async fn list_currencies(
        &self,
        cx: &CallCtx,
        page: PageRequest<Currency>,
    ) -> Result<Page<CurrencyFacts>, Error> {
        let limit = page.limit;
        let rows = self.look(cx, move |db| Ok(currencies::list(db, &page)?)).await?;
        Ok(Page::cut(rows, limit, |currency| currency.code.to_string()))
    }

    /// `None` if the page is to follow a tax category that there is not.
    pub(crate) async fn list_tax_categories(
        &self,
        cx: &CallCtx,
        page: PageRequest<String>,
    ) -> Result<Option<Page<TaxCategory>>, Error> {
        let limit = page.limit;
        let rows = self.look(cx, move |db| {
            if let Some(after) = &page.after
                && tax_categories::find(db, after)?.is_none()
            {
                return Ok(None);
            }
            Ok(Some(tax_categories::list(db, &page)?))
        });
        let rows = rows.await?;
        Ok(rows.map(|rows| Page::cut(rows, limit, |tax_category| tax_category.code.clone())))
    }
}
