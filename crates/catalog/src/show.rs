//! Showing products: one, from the shelf if it is there, and pages of many.

use actix_web::web::Bytes;
use catalog_api::{Product, ProductId, ProductStatus, Products, WalkProducts};
use kernel::{CallCtx, Page, PageRequest};
use platform::http::rules::slug;
use platform::store::{Db, StoreError};

use crate::error::Error;
use crate::module::CatalogModule;
use crate::request::LONGEST_HANDLE;
use crate::shelf::Shown;
use crate::store::{self, Filter, ProductRef};

impl ProductRef {
    /// `None` for what is neither an id nor a handle, and so names nothing. No text is both: ids have an underscore.
    pub(crate) fn parse(segment: &str) -> Option<ProductRef> {
        match segment.parse() {
            Ok(id) => Some(ProductRef::Id(id)),
            Err(_) => {
                slug(LONGEST_HANDLE)(segment, &()).is_ok().then(|| ProductRef::Handle(segment.to_owned()))
            }
        }
    }
}

/// What somebody may see of the products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// What is for sale: the rest is as good as absent.
    ForSale,
    All,
}

impl CatalogModule {
    pub(crate) async fn show(&self, cx: &CallCtx, sight: Sight, segment: &str) -> Result<Shown, Error> {
        let shown = match self.shelf.get(segment) {
            Some(shown) => shown,
            None => self.look_up(cx, segment).await?,
        };
        if shown.status != ProductStatus::Active && sight == Sight::ForSale {
            return Err(Error::ProductNotFound(segment.to_owned()));
        }
        Ok(shown)
    }

    async fn look_up(&self, cx: &CallCtx, segment: &str) -> Result<Shown, Error> {
        let absent = || Error::ProductNotFound(segment.to_owned());
        let wanted = ProductRef::parse(segment).ok_or_else(absent)?;
        let epoch = self.shelf.epoch();
        let found =
            self.foundation.store.read(cx, move |db| Ok::<_, Error>(store::find(db, &wanted)?)).await?;
        let shown = render(&found.ok_or_else(absent)?)?;
        self.shelf.put(segment.to_owned(), epoch, shown.clone());
        Ok(shown)
    }

    pub(crate) async fn list(
        &self,
        cx: &CallCtx,
        sight: Sight,
        mut filter: Filter,
        page: PageRequest<ProductId>,
    ) -> Result<Page<Product>, Error> {
        if sight == Sight::ForSale {
            match filter.status {
                None | Some(ProductStatus::Active) => filter.status = Some(ProductStatus::Active),
                Some(ProductStatus::Draft | ProductStatus::Archived) => {
                    return Ok(Page { data: Vec::new(), next_cursor: None });
                }
            }
        }
        let limit = page.limit;
        let rows = self
            .foundation
            .store
            .read(cx, move |db| Ok::<_, Error>(store::list(db, &filter, &page)?))
            .await?;
        Ok(Page::cut(rows, limit, |product| product.id.to_string()))
    }
}

impl CatalogModule {
    /// In whatever state: this is for other modules, not for customers.
    pub(crate) async fn walk(&self, cx: &CallCtx, walk: WalkProducts) -> Result<Products, Error> {
        let read =
            move |db: &mut Db<'_>| Ok(Products { products: store::walk(db, walk.after, walk.limit.into())? });
        self.foundation.store.read(cx, read).await
    }
}

fn render(product: &Product) -> Result<Shown, StoreError> {
    let body = serde_json::to_vec(product).map_err(|error| StoreError::Query(error.to_string()))?;
    Ok(Shown { body: Bytes::from(body), version: product.version, status: product.status })
}
