use actix_web::put;
use garde::Validate;
use inventory_api::Stock;
use kernel::Sku;
use kernel::permission::StockWrite;
use platform::Change;
use platform::http::{IfMatch, JsonBody, May, PathSegment, Problem, Problems, Reply, parse_path};
use platform::idempotency::Outcome;
use platform::store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Inventory, LARGEST_QUANTITY};
use crate::configure;
use crate::error::Error;
use crate::shelf::Settings;

/// What the shop wants of a SKU's stock; replaces what it wanted before.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockSettings {
    /// How many can be ordered beyond what is on hand. Below what is backordered already it refuses new backorders only.
    #[garde(range(min = 0, max = LARGEST_QUANTITY))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000i64)]
    backorder_limit: i64,
    /// `stock.low` is told when what is available falls to it or below; null or left out: never.
    #[garde(range(min = 0, max = LARGEST_QUANTITY))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000i64)]
    low_stock_threshold: Option<i64>,
}

/// Set what is wanted of a SKU's stock
///
/// Replaces all settings. A SKU of which nothing was received yet becomes known, with nothing at `main`.
#[utoipa::path(tag = "inventory", operation_id = "configure_stock", security(("bearer" = ["stock:write"])),
    params(("sku" = Sku, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = StockSettings,
    responses((status = 200, body = Stock, headers(("ETag" = String))), Problems))]
#[put("/v1/stock/{sku}/settings")]
pub(super) async fn configure_stock(
    caller: May<StockWrite>,
    sku: PathSegment,
    expected: IfMatch,
    request: JsonBody<StockSettings>,
    inventory: Inventory,
) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let StockSettings { backorder_limit, low_stock_threshold } = request.0;
    let settings = Settings { backorder_limit, low_stock_threshold };
    let cx = caller.cx.clone();
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            configure::configure(tx, change, &expected, &sku, settings)
        };
        let shown = |stock: &Stock| Ok(Reply::ok(stock)?.tagged(stock.version));
        let done = inventory.foundation.answer(&cx, "inventory.configure", None, work, shown).await;
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    };
    caller.detach(work).await
}
