//! Catalog and inventory.

use std::collections::BTreeMap;
use std::time::Duration;

use catalog_api::{
    CatalogError, LineQuote, NewProduct, NewVariant, ProductStatus, QuoteLines, SetPrices, WalkProducts,
    catalog_rpc,
};
use inventory_api::{
    AdjustStock, FindHolds, InventoryError, LineQuantity, ReleaseHolds, Reserve, inventory_rpc,
};
use kernel::{ApiError, Currency, Sku};
use order_api::OrderId;
use testkit::{CardShop, holdfast_test};

use super::scene::{Scene, command, eur, query, too_much};
use super::the_same_however_called;

pub(super) fn product(scene: &Scene, name: &str) -> NewProduct {
    NewProduct {
        title: scene.name(name),
        handle: Some(scene.name(name)),
        description: None,
        category: None,
        tax_category: None,
        status: ProductStatus::Active,
        variants: vec![NewVariant {
            sku: scene.sku(name),
            title: "Default".to_owned(),
            options: BTreeMap::new(),
            prices: vec![eur(1_000)],
        }],
    }
}

fn with_sku(product: NewProduct, sku: &Sku) -> NewProduct {
    let variants = product.variants.into_iter().map(|variant| NewVariant { sku: sku.clone(), ..variant });
    NewProduct { variants: variants.collect(), ..product }
}

#[holdfast_test]
async fn the_catalog(shop: CardShop) {
    the_same_however_called(shop, &catalog_rpc::CONTRACT, catalog).await;
}

async fn catalog(scene: &mut Scene) {
    let (lamp, chair) = (product(scene, "lamp"), product(scene, "chair"));
    let (sku, unknown) = (scene.sku("lamp"), scene.sku("unknown"));
    let made = command!(scene, catalog.create_product(lamp.clone())).unwrap();

    let taken = with_sku(lamp.clone(), &unknown);
    let refused = command!(scene, catalog.create_product(taken)).unwrap_err();
    assert_eq!(refused, ApiError::Domain(CatalogError::HandleTaken(scene.name("lamp"))));
    let taken = with_sku(chair.clone(), &sku);
    let refused = command!(scene, catalog.create_product(taken)).unwrap_err();
    assert_eq!(refused, ApiError::Domain(CatalogError::SkuTaken(sku.clone())));
    let nowhere = NewProduct { category: Some("no-such".to_owned()), ..chair.clone() };
    let refused = command!(scene, catalog.create_product(nowhere)).unwrap_err();
    assert_eq!(refused, ApiError::Domain(CatalogError::UnknownCategory("no-such".to_owned())));
    let untaxed = NewProduct { tax_category: Some("no-such".to_owned()), ..chair.clone() };
    let refused = command!(scene, catalog.create_product(untaxed)).unwrap_err();
    assert_eq!(refused, ApiError::Domain(CatalogError::UnknownTaxCategory("no-such".to_owned())));
    let second = command!(scene, catalog.create_product(chair.clone())).unwrap();

    let prices = vec![eur(1_200)];
    let priced = SetPrices { sku: sku.clone(), prices: prices.clone() };
    assert_eq!(command!(scene, catalog.set_prices(priced)).unwrap().prices, prices);
    let priced = SetPrices { sku: unknown.clone(), prices };
    let refused = command!(scene, catalog.set_prices(priced)).unwrap_err();
    assert_eq!(refused, ApiError::Domain(CatalogError::UnknownSku(unknown.clone())));

    let lines = |skus| QuoteLines { currency: Currency::EUR, skus };
    let quote = query!(scene, catalog.quote(lines(vec![sku.clone(), unknown]))).unwrap();
    assert!(matches!(&quote.lines[..], [LineQuote::Priced(line), LineQuote::Refused(_)]
        if line.unit_price == eur(1_200)));
    too_much!(scene, catalog.quote(lines(vec![sku; 101])));

    let walk = WalkProducts { after: Some(made.id), limit: 10 };
    assert_eq!(query!(scene, catalog.walk(walk)).unwrap().products, [second]);
    too_much!(scene, catalog.walk(WalkProducts { after: None, limit: 101 }));
}

#[holdfast_test]
async fn the_inventory(shop: CardShop) {
    the_same_however_called(shop, &inventory_rpc::CONTRACT, inventory).await;
}

async fn inventory(scene: &mut Scene) {
    let sku = scene.sku("lamp");
    let adjust = |delta| AdjustStock {
        sku: sku.clone(),
        delta,
        reason: "counted".to_owned(),
        location: "main".to_owned(),
    };
    let reserve = |order_id: OrderId, quantity| Reserve {
        order_id,
        lines: vec![LineQuantity { sku: sku.clone(), quantity }],
        ttl: Duration::from_secs(900),
    };
    assert_eq!(command!(scene, inventory.adjust(adjust(5))).unwrap().available, 5);

    let (first, second, late) = (scene.order(), scene.order(), scene.order());
    command!(scene, inventory.reserve(reserve(first, 3))).unwrap();
    let short = command!(scene, inventory.reserve(reserve(second, 3))).unwrap_err();
    assert!(matches!(short, ApiError::Domain(InventoryError::InsufficientStock(_))), "{short:?}");
    let promised = command!(scene, inventory.adjust(adjust(-3))).unwrap_err();
    assert!(matches!(promised, ApiError::Domain(InventoryError::StockReserved { .. })), "{promised:?}");

    let find = |orders| FindHolds { orders };
    let held = query!(scene, inventory.find_holds(find(vec![first, late]))).unwrap();
    assert_eq!(held.holds.iter().map(|hold| hold.order_id).collect::<Vec<_>>(), [first]);
    too_much!(scene, inventory.find_holds(find(vec![first; 501])));

    let release = ReleaseHolds { orders: vec![first, late], reason: "order cancelled".to_owned() };
    command!(scene, inventory.release(release)).unwrap();
    let gone = command!(scene, inventory.reserve(reserve(late, 1))).unwrap_err();
    assert!(matches!(gone, ApiError::Domain(InventoryError::HoldReleased)), "{gone:?}");
    assert_eq!(command!(scene, inventory.adjust(adjust(1))).unwrap().available, 6);
}
