//! What the shop wants of a SKU's stock.

use inventory_api::Stock;
use kernel::Sku;
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;

use crate::error::Error;
use crate::settle::settle;
use crate::shelf::{MAIN, Settings};
use crate::show::view;
use crate::store;

/// Replaces the settings. A SKU of which nothing was received yet becomes known by them, with nothing at `main`.
pub(crate) fn configure(
    tx: &mut Tx<'_>,
    change: &Change,
    expected: &IfMatch,
    sku: &Sku,
    settings: Settings,
) -> Result<Stock, Error> {
    let first = store::items::find(tx, sku)?.is_none().then_some(MAIN);
    let mut shelf = store::levels::open(tx, sku, first.as_slice(), change.now)?;
    let before = view(tx, &shelf.item)?;
    expected.check(before.version).map_err(|_| Error::Stale(before.version))?;
    shelf.configure(settings);
    settle(tx, change, std::slice::from_mut(&mut shelf))?;
    Ok(view(tx, &shelf.item)?)
}
