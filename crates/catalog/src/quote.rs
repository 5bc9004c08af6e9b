//! Quotes: the hot path of placing an order. All that wait are answered by one query.

use std::collections::HashMap;

use catalog_api::{LineQuote, PricedLine, ProductStatus, Quote, QuoteLines, QuoteRefusal, line_title};
use kernel::Sku;
use platform::batch::{Asked, Batcher, Limits};
use platform::store::{Db, Store, StoreError};

use crate::error::Error;
use crate::store::offers::{self, Offer};

/// Two reads at once: one in the database while the next is gathered.
const QUOTES: Limits = Limits { size: 128, concurrency: 2 };

pub(crate) type Quotes = Batcher<QuoteLines, Quote, Error>;

pub(crate) fn start(store: &Store) -> Quotes {
    Batcher::reads(store, QUOTES, |db, batch| Ok(quote_all(db, batch)?))
}

/// Answers each request, in order.
fn quote_all(db: &mut Db<'_>, batch: &[Asked<QuoteLines>]) -> Result<Vec<Quote>, StoreError> {
    let requests: Vec<&QuoteLines> = batch.iter().map(|asked| &asked.request).collect();
    let mut keys: Vec<String> = requests.iter().flat_map(|request| &request.skus).map(Sku::key).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut currencies: Vec<&str> = requests.iter().map(|request| request.currency.code()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let found = offers::find_all(db, &keys, &currencies)?;
    Ok(requests.into_iter().map(|request| quote(request, &found)).collect())
}

fn quote(request: &QuoteLines, offers: &HashMap<String, Offer>) -> Quote {
    let line = |sku: &Sku| {
        let Some(offer) = offers.get(&sku.key()) else { return LineQuote::Refused(QuoteRefusal::UnknownSku) };
        if offer.status != ProductStatus::Active {
            return LineQuote::Refused(QuoteRefusal::NotPurchasable);
        }
        let Some(&unit_price) = offer.prices.get(&request.currency) else {
            return LineQuote::Refused(QuoteRefusal::PriceMissing);
        };
        LineQuote::Priced(PricedLine {
            sku: offer.sku.clone(),
            product_id: offer.product,
            title: line_title(&offer.product_title, &offer.variant_title),
            unit_price,
            source_version: offer.version,
        })
    };
    Quote { lines: request.skus.iter().map(line).collect() }
}
