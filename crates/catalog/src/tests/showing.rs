use catalog_api::{NewProduct, ProductStatus};
use kernel::{Limit, PageRequest};

use super::shop::{Shop, on_both, product, sku};
use crate::product::ProductPatch;
use crate::show::Sight;
use crate::store::Filter;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_seen_at_once_by_id_and_by_handle() {
    on_both(async |shop: Shop| {
        let lamp = shop.create(product("Desk lamp", "LAMP")).await.unwrap();
        for n in 1..20 {
            for name in [lamp.id.to_string(), "desk-lamp".to_owned()] {
                assert_eq!(shop.catalog.show(&shop.admin, Sight::ForSale, &name).await.unwrap().version, n);
            }
            let patch = ProductPatch { title: Some(format!("Lamp {n}")), ..ProductPatch::default() };
            shop.update(lamp.id, patch).await.unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_absent_without_a_credential_even_if_it_was_just_shown() {
    on_both(async |shop: Shop| {
        let lamp = shop
            .create(NewProduct { status: ProductStatus::Draft, ..product("Desk lamp", "LAMP") })
            .await
            .unwrap();
        assert!(shop.catalog.show(&shop.admin, Sight::ForSale, "desk-lamp").await.is_err());
        assert!(shop.catalog.show(&shop.admin, Sight::All, "desk-lamp").await.is_ok());
        assert!(shop.catalog.show(&shop.admin, Sight::ForSale, "desk-lamp").await.is_err());
        assert!(shop.catalog.show(&shop.admin, Sight::ForSale, &lamp.id.to_string()).await.is_err());
        for odd in ["", "Desk-Lamp", "desk lamp", "prod_x", "../x", "desk-lamp\0"] {
            assert!(shop.catalog.show(&shop.admin, Sight::All, odd).await.is_err(), "{odd:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_filter_and_show_drafts_to_admins_only() {
    on_both(async |shop: Shop| {
        let category = Some("home-lighting".to_owned());
        shop.reference.has_category(testkit_doubles::category("home-lighting", 1));
        shop.create(NewProduct { category: category.clone(), ..product("Desk lamp", "LAMP") }).await.unwrap();
        let description = Some("100% wood_\nÄSTHETIK".to_owned());
        shop.create(NewProduct { description, ..product("Chair", "CHAIR") }).await.unwrap();
        let draft = NewProduct {
            status: ProductStatus::Draft,
            category: category.clone(),
            ..product("Draft", "DRAFT")
        };
        shop.create(draft).await.unwrap();

        let all = Filter::default;
        assert_eq!(shop.titles(Sight::All, all()).await, ["Draft", "Chair", "Desk lamp"]);
        assert_eq!(shop.titles(Sight::ForSale, all()).await, ["Chair", "Desk lamp"]);
        let drafts = || Filter { status: Some(ProductStatus::Draft), ..all() };
        assert_eq!(shop.titles(Sight::All, drafts()).await, ["Draft"]);
        assert!(shop.titles(Sight::ForSale, drafts()).await.is_empty());
        assert_eq!(shop.titles(Sight::ForSale, Filter { category, ..all() }).await, ["Desk lamp"]);
        let by_sku = |text| Filter { sku: Some(sku(text)), ..all() };
        assert_eq!(shop.titles(Sight::ForSale, by_sku("chair")).await, ["Chair"]);
        assert!(shop.titles(Sight::ForSale, by_sku("draft")).await.is_empty());

        for (text, titles) in [
            ("LAMP", vec!["Desk lamp"]),
            ("ästhetik", vec!["Chair"]),
            ("% W", vec!["Chair"]),
            ("d_", vec!["Chair"]),
            ("desk-l", vec!["Desk lamp"]),
            ("a", vec!["Chair", "Desk lamp"]),
            ("%", vec!["Chair"]),
            ("l_mp", vec![]),
            ("' OR 1=1", vec![]),
        ] {
            let found = shop.titles(Sight::ForSale, Filter { text: Some(text.into()), ..all() }).await;
            assert_eq!(found, titles, "{text}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn following_the_cursors_visits_every_product_once_newest_first() {
    on_both(async |shop: Shop| {
        for n in 0..7 {
            shop.create(product(&format!("Lamp {n}"), &format!("LAMP-{n}"))).await.unwrap();
        }
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let request = PageRequest { limit: Limit::try_new(3).unwrap(), after };
            let page =
                shop.catalog.list(&shop.admin, Sight::ForSale, Filter::default(), request).await.unwrap();
            assert!(page.data.iter().all(|product| product.variants.len() == 1));
            seen.extend(page.data.into_iter().map(|product| product.title));
            let Some(cursor) = page.next_cursor else { break };
            after = Some(cursor.parse().unwrap());
        }
        let expected: Vec<String> = (0..7).rev().map(|n| format!("Lamp {n}")).collect();
        assert_eq!(seen, expected);
    })
    .await;
}
