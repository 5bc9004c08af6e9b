use catalog_api::{CatalogApi, CatalogError, ProductStatus, SetPrices};
use kernel::{ApiError, Currency, Money};
use platform::http::IfMatch;

use super::shop::{Shop, eur, on_both, product, sku};
use crate::product::ProductPatch;
use crate::show::Sight;

fn retitle(title: &str) -> ProductPatch {
    ProductPatch { title: Some(title.into()), ..ProductPatch::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_is_kept_and_counted_and_the_same_again_is_not() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP")).await.unwrap();
        let patch = ProductPatch {
            title: Some("Lamp".into()),
            handle: Some("the-lamp".into()),
            description: Some(Some("Bright".into())),
            status: Some(ProductStatus::Archived),
            ..ProductPatch::default()
        };
        let first = shop.update(lamp.id, patch.clone()).await.unwrap();
        let again = shop.update(lamp.id, patch).await.unwrap();
        assert_eq!((first.version(), again.version(), first.body()), (Some(2), Some(2), again.body()));
        let shown = shop.catalog.show(&shop.admin, Sight::All, "the-lamp").await.unwrap();
        assert_eq!(&shown.body, first.body());
        assert!(shop.catalog.show(&shop.admin, Sight::All, "desk-lamp").await.is_err());
        assert_eq!(shop.events(lamp.id, "product.updated").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_or_impossible_patch_changes_nothing() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP")).await.unwrap();
        shop.create(product("Chair", "CHAIR")).await.unwrap();
        assert!(shop.update_if(lamp.id, IfMatch::Versions(vec![1]), retitle("Lamp")).await.is_ok());
        let stale = shop.update_if(lamp.id, IfMatch::Versions(vec![1]), retitle("Light")).await;
        assert_eq!(stale.unwrap_err().code(), "stale");
        let taken = ProductPatch { handle: Some("chair".into()), ..retitle("Light") };
        assert_eq!(shop.update(lamp.id, taken).await.unwrap_err().code(), "handle-taken");
        let absent = kernel::Id::from_uuid(Default::default());
        assert_eq!(shop.update(absent, retitle("Light")).await.unwrap_err().code(), "product-not-found");
        assert_eq!(shop.titles(Sight::All, Default::default()).await, ["Chair", "Lamp"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_patches_each_get_a_version_of_their_own() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP")).await.unwrap();
        let mut rivals = tokio::task::JoinSet::new();
        for n in 0..12 {
            let shop = shop.clone();
            rivals.spawn(async move { shop.update(lamp.id, retitle(&format!("Lamp {n}"))).await });
        }
        let mut versions: Vec<i64> =
            rivals.join_all().await.into_iter().map(|reply| reply.unwrap().version().unwrap()).collect();
        versions.sort_unstable();
        assert_eq!(versions, (2..14).collect::<Vec<i64>>());
        assert_eq!(shop.events(lamp.id, "product.updated").await, 12);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_are_replaced_as_a_whole_and_once_per_key() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP")).await.unwrap();
        let prices = vec![Money::new(5999, Currency::USD), eur(0)];
        let wanted = SetPrices { sku: sku("lamp"), prices: prices.clone() };
        let cx = shop.admin.with_key("prices-1");
        let set = shop.catalog.set_prices(&cx, wanted.clone()).await.unwrap();
        assert_eq!((set.sku.as_str(), &set.prices), ("LAMP", &prices));
        assert_eq!(shop.catalog.set_prices(&cx, wanted.clone()).await, Ok(set));
        // Under another key it changes nothing, either.
        shop.catalog.set_prices(&shop.admin, wanted).await.unwrap();
        assert_eq!(shop.events(lamp.id, "product.prices_set").await, 1);
        let shown = shop.catalog.show(&shop.admin, Sight::All, "desk-lamp").await.unwrap();
        assert_eq!(shown.version, 2);

        let none = SetPrices { sku: sku("LAMP"), prices: vec![] };
        assert_eq!(shop.catalog.set_prices(&shop.admin, none).await.unwrap().prices, []);
        let unknown = SetPrices { sku: sku("NONE"), prices: vec![] };
        let refused = shop.catalog.set_prices(&shop.admin, unknown).await;
        assert_eq!(refused, Err(ApiError::Domain(CatalogError::UnknownSku(sku("NONE")))));
        let negative = SetPrices { sku: sku("LAMP"), prices: vec![eur(-1)] };
        let refused = shop.catalog.set_prices(&shop.admin, negative).await;
        assert!(matches!(refused, Err(ApiError::Domain(CatalogError::Invalid(_)))));
    })
    .await;
}
