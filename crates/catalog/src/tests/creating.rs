use std::collections::HashSet;

use catalog_api::{CatalogApi, CatalogError, NewProduct, Product, ProductStatus};
use kernel::{ApiError, Currency, Money};
use platform::store::Tx;

use super::shop::{Shop, eur, key, on_both, product, rendered, sku, variant};
use crate::add_variant::add_variant;
use crate::create::create_product;
use crate::show::Sight;
use crate::store::{self, ProductRef};
use platform::Change;

async fn stored(shop: &Shop, product: &Product) -> Option<Product> {
    let wanted = ProductRef::Id(product.id);
    shop.catalog.foundation.store.read(&shop.admin, move |db| store::find(db, &wanted)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_is_kept_as_it_was_given() {
    on_both(async |shop: Shop| {
        shop.reference.has_category(testkit_doubles::category("home-lighting", 1));
        let prices = [Money::new(5999, Currency::USD), eur(4999), Money::new(i64::MAX, Currency::JPY)];
        let new = NewProduct {
            description: Some("Zwei\nZeilen".into()),
            category: Some("home-lighting".into()),
            status: ProductStatus::Draft,
            variants: vec![variant("Z-1", "Black", &prices), variant("A-1", "White", &[])],
            ..product("Desk lamp", "unused")
        };
        let created = shop.create(new.clone()).await.unwrap();
        assert_eq!((created.handle.as_str(), created.version), ("desk-lamp", 1));
        assert_eq!(created.variants[0].prices, prices);
        assert_eq!(created.variants[1].sku.as_str(), "A-1");
        assert_eq!(stored(&shop, &created).await, Some(created.clone()));
        assert_eq!(shop.events(created.id, "product.created").await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_given_handle_is_refused_if_taken_and_a_made_one_is_numbered() {
    on_both(async |shop: Shop| {
        let mut handles = Vec::new();
        for n in 0..3 {
            handles.push(shop.create(product("Desk lamp", &format!("LAMP-{n}"))).await.unwrap().handle);
        }
        assert_eq!(handles, ["desk-lamp", "desk-lamp-2", "desk-lamp-3"]);
        let given = NewProduct { handle: Some("desk-lamp-2".into()), ..product("Other", "OTHER") };
        let refused = shop.create(given).await;
        assert_eq!(refused, Err(ApiError::Domain(CatalogError::HandleTaken("desk-lamp-2".into()))));
        assert!(shop.create(product("Other", "OTHER")).await.is_ok(), "nothing of the refused one was kept");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn made_handles_run_out_of_numbers_and_not_of_names() {
    on_both(async |shop: Shop| {
        let mut handles = HashSet::new();
        for n in 0..22 {
            handles.insert(shop.create(product("Lamp", &format!("LAMP-{n}"))).await.unwrap().handle);
        }
        assert_eq!(handles.len(), 22);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sku_is_taken_in_any_case_and_the_refusal_names_it() {
    on_both(async |shop: Shop| {
        let first = shop.create(product("Desk lamp", "LAMP-BLK")).await.unwrap();
        let variants = vec![variant("FREE", "Free", &[]), variant("lamp-blk", "Black", &[])];
        let refused = shop.create(NewProduct { variants, ..product("Other", "unused") }).await;
        assert!(
            matches!(&refused, Err(ApiError::Domain(CatalogError::SkuTaken(sku))) if sku.as_str() == "lamp-blk"),
            "{refused:?}"
        );

        let new = variant("Lamp-Blk", "Black", &[]);
        let work = move |tx: &mut Tx<'_>, change: &Change| add_variant(tx, change, first.id, &new);
        let refused = shop.catalog.reply(shop.admin.clone(), "test", None, work, rendered).await;
        assert_eq!(refused.unwrap_err().code(), "sku-taken");
        assert!(shop.create(product("Free", "FREE")).await.is_ok(), "nothing of the refused one was kept");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variant_joins_its_product() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP-BLK")).await.unwrap();
        let new = variant("AAA", "White", &[eur(1)]);
        let work = move |tx: &mut Tx<'_>, change: &Change| add_variant(tx, change, lamp.id, &new);
        let reply = shop.catalog.reply(shop.admin.clone(), "test", None, work, rendered).await.unwrap();
        assert_eq!(reply.version(), Some(2));
        let now = stored(&shop, &lamp).await.unwrap();
        assert_eq!(now.variants[1].sku, sku("AAA"), "after the others, whatever its name");
        assert_eq!(serde_json::to_vec(&now).unwrap(), reply.body().to_vec());
        assert_eq!(shop.events(lamp.id, "product.variant_added").await, 1);
        let found = crate::store::Filter { text: Some("aaa".into()), ..Default::default() };
        assert_eq!(shop.titles(Sight::All, found).await, ["Desk lamp"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_creates_once_and_keeps_the_refusal_too() {
    on_both(async |shop: Shop| {
        let create = async |name: &str, new: NewProduct| {
            let work = move |tx: &mut Tx<'_>, change: &Change| create_product(tx, change, &new);
            shop.catalog.reply(shop.admin.clone(), "test", Some(key(name)), work, rendered).await.unwrap()
        };
        let first = create("first", product("Desk lamp", "LAMP")).await;
        let again = create("first", product("Desk lamp", "LAMP")).await;
        assert_eq!((first.body(), first.status()), (again.body(), again.status()));
        let refused = create("second", product("Other", "lamp")).await;
        assert_eq!(refused.status(), 409);
        assert_eq!(create("second", product("Other", "FREE")).await.body(), refused.body());

        let cx = shop.admin.with_key("call-1");
        let first = shop.catalog.create_product(&cx, product("Called", "CALLED")).await.unwrap();
        assert_eq!(shop.catalog.create_product(&cx, product("Called", "CALLED")).await, Ok(first));
        assert_eq!(shop.titles(Sight::All, Default::default()).await, ["Called", "Desk lamp"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rivals_share_neither_handle_nor_sku() {
    on_both(async |shop: Shop| {
        let mut rivals = tokio::task::JoinSet::new();
        for n in 0..16 {
            let shop = shop.clone();
            rivals.spawn(async move { shop.create(product("Lamp", &format!("SKU-{}", n / 2))).await });
        }
        let done: Vec<_> = rivals.join_all().await;
        let won: Vec<&Product> = done.iter().flatten().collect();
        let handles: HashSet<&str> = won.iter().map(|product| product.handle.as_str()).collect();
        assert_eq!((won.len(), handles.len()), (8, 8), "{done:?}");
        let lost = |error: &&ApiError<_>| matches!(error, ApiError::Domain(CatalogError::SkuTaken(_)));
        assert_eq!(done.iter().filter_map(|done| done.as_ref().err()).filter(lost).count(), 8, "{done:?}");
    })
    .await;
}
