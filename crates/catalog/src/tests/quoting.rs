use std::time::Duration;

use catalog_api::{CatalogApi, LineQuote, NewProduct, PricedLine, ProductStatus, QuoteLines, QuoteRefusal};
use kernel::{ApiError, Currency, Money};

use super::shop::{Shop, eur, on_both, product, sku, variant};

fn lines(currency: Currency, skus: &[&str]) -> QuoteLines {
    QuoteLines { currency, skus: skus.iter().map(|text| sku(text)).collect() }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_answered_in_the_order_asked() {
    on_both(async |shop: Shop| {
        let variants = vec![
            variant("LAMP-BLK", "Black", &[eur(4999), Money::new(5999, Currency::USD)]),
            variant("LAMP", "", &[eur(1)]),
        ];
        let lamp = shop.create(NewProduct { variants, ..product("Desk lamp", "unused") }).await.unwrap();
        let draft = NewProduct { status: ProductStatus::Draft, ..product("Draft", "DRAFT") };
        shop.create(draft).await.unwrap();

        let asked = lines(Currency::EUR, &["none", "lamp", "DRAFT", "lamp-blk", "LAMP"]);
        let quote = shop.catalog.quote(&shop.admin, asked).await.unwrap();
        let priced = |written: &str, title: &str, minor| {
            LineQuote::Priced(PricedLine {
                sku: sku(written),
                product_id: lamp.id,
                title: title.into(),
                unit_price: eur(minor),
                source_version: 1,
            })
        };
        let expected = [
            LineQuote::Refused(QuoteRefusal::UnknownSku),
            priced("LAMP", "Desk lamp", 1),
            LineQuote::Refused(QuoteRefusal::NotPurchasable),
            priced("LAMP-BLK", "Desk lamp, Black", 4999),
            priced("LAMP", "Desk lamp", 1),
        ];
        assert_eq!(quote.lines, expected);
        let LineQuote::Priced(line) = &quote.lines[3] else { panic!("just compared") };
        assert_eq!(line.sku.as_str(), "LAMP-BLK", "as the catalog writes it");

        let dollars =
            shop.catalog.quote(&shop.admin, lines(Currency::USD, &["LAMP", "LAMP-BLK"])).await.unwrap();
        assert_eq!(dollars.lines[0], LineQuote::Refused(QuoteRefusal::PriceMissing));
        assert!(matches!(&dollars.lines[1], LineQuote::Priced(line) if line.unit_price.minor() == 5999));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_quotes_at_once_do_not_mix() {
    on_both(async |shop: Shop| {
        for n in 0..5 {
            let variants =
                vec![variant(&format!("SKU-{n}"), "", &[eur(n), Money::new(100 + n, Currency::USD)])];
            shop.create(NewProduct { variants, ..product("Lamp", "unused") }).await.unwrap();
        }
        let mut asked = tokio::task::JoinSet::new();
        for n in 0..200_i64 {
            let shop = shop.clone();
            let (currency, base) = if n % 2 == 0 { (Currency::EUR, 0) } else { (Currency::USD, 100) };
            asked.spawn(async move {
                let text = format!("sku-{}", n % 5);
                let quote = shop.catalog.quote(&shop.admin, lines(currency, &[&text])).await.unwrap();
                let LineQuote::Priced(line) = &quote.lines[0] else { panic!("{quote:?}") };
                assert_eq!(line.unit_price, Money::new(base + n % 5, currency));
            });
        }
        asked.join_all().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_after_its_deadline_is_not_given() {
    on_both(async |shop: Shop| {
        let late = shop.admin.with_budget(Duration::ZERO);
        let refused = shop.catalog.quote(&late, lines(Currency::EUR, &["LAMP"])).await;
        assert_eq!(refused, Err(ApiError::DeadlineExceeded));
    })
    .await;
}
