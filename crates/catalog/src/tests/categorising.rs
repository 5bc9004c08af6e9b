use catalog_api::{CatalogError, NewProduct};
use kernel::ApiError;
use platform::Module;
use reference_api::CategoryEvent;

use super::reference::category;
use super::shop::{Shop, on_both, product};
use crate::product::ProductPatch;

fn within(code: &str, sku: &str) -> NewProduct {
    NewProduct { category: Some(code.to_owned()), ..product(sku, sku) }
}

fn refused(code: &str) -> ApiError<CatalogError> {
    ApiError::Domain(CatalogError::UnknownCategory(code.to_owned()))
}

fn put_in(code: &str) -> ProductPatch {
    ProductPatch { category: Some(Some(code.to_owned())), ..ProductPatch::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_counts_from_the_moment_it_is_made() {
    on_both(async |shop: Shop| {
        assert_eq!(shop.create(within("lamps", "A")).await, Err(refused("lamps")));
        shop.reference.has(category("lamps", 1));
        shop.create(within("lamps", "A")).await.unwrap();
        shop.reference.goes_away();
        shop.create(within("lamps", "B")).await.unwrap();
        let away = shop.create(within("chairs", "C")).await;
        assert!(matches!(away, Err(ApiError::Unavailable(_))), "{away:?}");
        shop.create(product("No category", "D")).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_is_gone_takes_no_new_products_and_keeps_its_old_ones() {
    on_both(async |shop: Shop| {
        shop.reference.has(category("lamps", 1));
        let lamp = shop.create(within("lamps", "LAMP")).await.unwrap();
        shop.reference.has_no_more("lamps");
        let gone = CategoryEvent::Removed { category: category("lamps", 2) };
        shop.reference.tells("lamps", 2, &gone);
        shop.hear().await;
        assert_eq!(shop.create(within("lamps", "OTHER")).await, Err(refused("lamps")));
        let titled = ProductPatch { title: Some("Lamp".into()), ..put_in("lamps") };
        shop.update(lamp.id, titled).await.unwrap();
        let other = shop.create(product("Other", "OTHER")).await.unwrap();
        let put = shop.update(other.id, put_in("lamps")).await;
        assert_eq!(put.unwrap_err().code(), "unknown-category");

        shop.reference.has(category("lamps", 3));
        shop.update_learning(other.id, put_in("lamps")).await.unwrap();
        assert_eq!(shop.catalog.check(&shop.admin).await.unwrap(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_counts_in_whatever_order_it_is_heard() {
    on_both(async |shop: Shop| {
        let versions = [
            CategoryEvent::Created { category: category("lamps", 1) },
            CategoryEvent::Renamed { category: category("lamps", 2) },
            CategoryEvent::Removed { category: category("lamps", 3) },
        ];
        for place in [0, 2, 1, 0] {
            shop.reference.tells("lamps", i64::try_from(place).unwrap() + 1, &versions[place]);
            shop.hear().await;
        }
        assert_eq!(shop.create(within("lamps", "A")).await, Err(refused("lamps")));
        // Several of one category at once, and the newest first.
        for place in [1, 0] {
            let version = i64::from(place) + 4;
            let event = CategoryEvent::Moved { category: category("chairs", version) };
            shop.reference.tells("chairs", version, &event);
        }
        shop.hear().await;
        let known =
            shop.catalog.foundation.store.read(&shop.admin, crate::store::categories::all).await.unwrap();
        let mut known: Vec<_> =
            known.into_iter().map(|one| (one.code, one.removed, one.source_version)).collect();
        known.sort_unstable();
        assert_eq!(known, [("chairs".to_owned(), false, 5), ("lamps".to_owned(), true, 3)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_has_drifted_is_found() {
    on_both(async |shop: Shop| {
        shop.reference.tells("lamps", 2, &CategoryEvent::Removed { category: category("lamps", 2) });
        shop.hear().await;
        shop.reference.has(category("lamps", 2));
        let found = shop.catalog.check(&shop.admin).await.unwrap();
        assert_eq!((found.len(), found[0].invariant), (1, 10), "{found:?}");
    })
    .await;
}
