use actix_web::post;
use garde::Validate;
use inventory_api::{AdjustStock, Stock};
use kernel::Sku;
use kernel::permission::StockWrite;
use platform::Change;
use platform::http::{Keyed, May, PathSegment, Problem, Problems, Reply, parse_path};
use platform::idempotency::Outcome;
use platform::store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Inventory, LARGEST_QUANTITY, is_location, moved};
use crate::adjust;
use crate::error::Error;
use crate::shelf::MAIN;

/// Stock that was received, lost or counted.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdjustment {
    /// Added to what is on hand; negative takes away. Not 0.
    #[garde(range(min = -LARGEST_QUANTITY, max = LARGEST_QUANTITY), custom(not_zero))]
    #[schema(minimum = -1_000_000_000_000i64, maximum = 1_000_000_000_000i64)]
    delta: i64,
    /// Such as `received`, `damaged`, `counted`.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// Where the stock is; `main` if left out.
    #[garde(length(bytes, min = 1, max = 64), custom(is_location))]
    #[serde(default = "main_location")]
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$", default = "main")]
    location: String,
}

fn main_location() -> String {
    MAIN.to_owned()
}

fn not_zero(delta: &i64, (): &()) -> garde::Result {
    if *delta == 0 { Err(garde::Error::new("an adjustment of 0 changes nothing")) } else { Ok(()) }
}

/// Adjust the stock
///
/// Adds to or takes from what is on hand at a location. Never below what is reserved there.
#[utoipa::path(tag = "inventory", operation_id = "adjust_stock", security(("bearer" = ["stock:write"])),
    params(("sku" = Sku, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewAdjustment,
    responses((status = 201, body = Stock), Problems))]
#[post("/v1/stock/{sku}/adjustments")]
pub(super) async fn adjust_stock(
    caller: May<StockWrite>,
    sku: PathSegment,
    request: Keyed<NewAdjustment>,
    inventory: Inventory,
) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let Keyed { body: NewAdjustment { delta, reason, location }, key } = request;
    let change = AdjustStock { sku, delta, reason, location };
    let cx = caller.cx.clone();
    let work = async move {
        let work = move |tx: &mut Tx<'_>, now: &Change| adjust::adjust(tx, now, &change);
        let done = inventory.foundation.answer(&cx, "inventory.adjust", Some(key), work, moved).await;
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    };
    caller.detach(work).await
}
