use actix_web::get;
use inventory_api::Stock;
use kernel::Sku;
use kernel::permission::StockRead;
use platform::http::{May, PathSegment, Problem, Problems, Reply, parse_path};

use super::Inventory;
use crate::error::Error;
use crate::show;

/// Stock of a SKU
///
/// What is on hand, reserved and available, in all and by location.
#[utoipa::path(tag = "inventory", operation_id = "get_stock", security(("bearer" = ["stock:read"])),
    params(("sku" = Sku, Path)),
    responses((status = 200, body = Stock), Problems))]
#[get("/v1/stock/{sku}")]
pub(super) async fn get_stock(
    caller: May<StockRead>,
    sku: PathSegment,
    inventory: Inventory,
) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let stock: Result<Stock, Error> =
        inventory.store().read(&caller.cx, move |db| show::find(db, &sku)).await;
    let stock = stock.map_err(|error| Problem::from(&error))?;
    Ok(Reply::ok(&stock)?.tagged(stock.version))
}
