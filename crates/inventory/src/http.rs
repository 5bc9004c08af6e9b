//! REST rows: stock, what changes it, the ledger.

mod adjustments;
mod ledger;
mod settings;
mod stock;
mod transfers;

use actix_web::web;
use inventory_api::Stock;
use platform::http::Reply;
use platform::store::StoreError;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::module::InventoryModule;

/// More than any shop holds, and far from the edge of 64 bits.
const LARGEST_QUANTITY: i64 = 1_000_000_000_000;

type Inventory = web::Data<InventoryModule>;

pub(crate) fn routes(module: &InventoryModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(stock::get_stock)
        .service(adjustments::adjust_stock)
        .service(transfers::transfer_stock)
        .service(settings::configure_stock)
        .service(ledger::list_ledger);
}

fn is_location(location: &str, (): &()) -> garde::Result {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if location.bytes().all(plain) { Ok(()) } else { Err(garde::Error::new("use A-Z a-z 0-9 . _ -")) }
}

/// What moved goods, and what became of the stock.
fn moved(stock: &Stock) -> Result<Reply, StoreError> {
    Ok(Reply::created(stock)?.at(format!("/v1/stock/{}", stock.sku)).tagged(stock.version))
}
