use catalog_api::{CatalogError, NewProduct};
use kernel::ApiError;
use platform::store::Db;
use reference_api::{CategoryEvent, TaxCategoryEvent};
use testkit_doubles::{category, tax_category};

use super::shop::{Shop, on_both, product};
use crate::product::ProductPatch;
use crate::store::categories;

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
        shop.reference.has_category(category("lamps", 1));
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
        shop.reference.has_category(category("lamps", 1));
        let lamp = shop.create(within("lamps", "LAMP")).await.unwrap();
        shop.reference.has_removed(category("lamps", 2));
        let gone = CategoryEvent::Removed { category: category("lamps", 2) };
        shop.reference.log.tell("lamps", 2, &gone);
        shop.hear().await;
        assert_eq!(shop.create(within("lamps", "OTHER")).await, Err(refused("lamps")));
        let titled = ProductPatch { title: Some("Lamp".into()), ..put_in("lamps") };
        shop.update(lamp.id, titled).await.unwrap();
        let other = shop.create(product("Other", "OTHER")).await.unwrap();
        let put = shop.update(other.id, put_in("lamps")).await;
        assert_eq!(put.unwrap_err().code(), "unknown-category");

        shop.reference.has_category(category("lamps", 3));
        shop.update_learning(other.id, put_in("lamps")).await.unwrap();
        assert_eq!(shop.drift(false).await, [""; 0]);
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
            shop.reference.log.tell("lamps", i64::try_from(place).unwrap() + 1, &versions[place]);
            shop.hear().await;
        }
        assert_eq!(shop.create(within("lamps", "A")).await, Err(refused("lamps")));
        // Several of one category at once, and the newest first.
        for place in [1, 0] {
            let version = i64::from(place) + 4;
            let event = CategoryEvent::Moved { category: category("chairs", version) };
            shop.reference.log.tell("chairs", version, &event);
        }
        shop.hear().await;
        let page = |db: &mut Db<'_>| categories::page(db, "");
        let kept = shop.catalog.foundation.store.read(&shop.admin, page).await.unwrap();
        let known: Vec<_> = kept.into_iter().map(|one| (one.key, one.fact.removed, one.at.version)).collect();
        assert_eq!(known, [("chairs".to_owned(), false, 5), ("lamps".to_owned(), true, 3)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tax_category_counts_from_the_moment_it_is_made() {
    on_both(async |shop: Shop| {
        let of = |code: &str| NewProduct { tax_category: Some(code.to_owned()), ..product(code, code) };
        let unknown = ApiError::Domain(CatalogError::UnknownTaxCategory("books".to_owned()));
        assert_eq!(shop.create(of("books")).await, Err(unknown));
        shop.reference.has_tax_category(tax_category("books", 1));
        let book = shop.create(of("books")).await.unwrap();
        assert_eq!(book.tax_category.as_deref(), Some("books"));
        let added = TaxCategoryEvent::Added { tax_category: tax_category("food", 1) };
        shop.reference.log.tell("tax:food", 1, &added);
        shop.hear().await;
        shop.reference.goes_away();
        shop.create(of("food")).await.unwrap();
        let away = shop.create(of("drink")).await;
        assert!(matches!(away, Err(ApiError::Unavailable(_))), "{away:?}");

        let to = |code: Option<&str>| ProductPatch {
            tax_category: Some(code.map(str::to_owned)),
            ..ProductPatch::default()
        };
        let refused = shop.update(book.id, to(Some("drink"))).await;
        assert_eq!(refused.unwrap_err().code(), "unknown-tax-category");
        shop.update(book.id, to(Some("food"))).await.unwrap();
        let same = shop.update(book.id, to(Some("food"))).await.unwrap();
        assert_eq!(same.version(), Some(2));
        assert_eq!(shop.update(book.id, to(None)).await.unwrap().version(), Some(3));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_have_drifted_are_found_and_made_anew() {
    on_both(async |shop: Shop| {
        let removed = CategoryEvent::Removed { category: category("lamps", 2) };
        shop.reference.log.tell("lamps", 2, &removed);
        let renamed = TaxCategoryEvent::Updated { tax_category: tax_category("food", 9) };
        shop.reference.log.tell("tax:food", 9, &renamed);
        shop.hear().await;
        shop.reference.has_category(category("lamps", 2));
        shop.reference.has_removed(category("desk-lamps", 4));
        shop.reference.has_tax_category(tax_category("food", 3));
        let expected = [
            "catalog.known_categories desk-lamps is not copied; its owner has version 4",
            "catalog.known_categories lamps differs from its owner at version 2",
            "catalog.known_tax_categories food is from version 9 and has heard of 9, and its owner has 3",
        ];
        assert_eq!(shop.drift(true).await, expected);
        assert_eq!(shop.drift(false).await, [""; 0]);
        shop.create(within("lamps", "A")).await.unwrap();
        assert_eq!(shop.create(within("desk-lamps", "B")).await, Err(refused("desk-lamps")));
    })
    .await;
}
