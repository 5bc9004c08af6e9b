use actix_web::post;
use garde::Validate;
use inventory_api::Stock;
use kernel::Sku;
use kernel::permission::StockWrite;
use platform::Change;
use platform::http::{Keyed, May, PathSegment, Problem, Problems, Reply, parse_path};
use platform::idempotency::Outcome;
use platform::store::Tx;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Inventory, LARGEST_QUANTITY, is_location, moved};
use crate::error::Error;
use crate::transfer::{self, TransferStock};

/// Stock that goes from one location to another.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTransfer {
    #[garde(length(bytes, min = 1, max = 64), custom(is_location))]
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$", examples("main"))]
    from: String,
    /// Another location than `from`; it need not be known yet.
    #[garde(length(bytes, min = 1, max = 64), custom(is_location), custom(elsewhere(&self.from)))]
    #[schema(pattern = "^[A-Za-z0-9._-]{1,64}$", examples("shop"))]
    to: String,
    #[garde(range(min = 1, max = LARGEST_QUANTITY))]
    #[schema(minimum = 1, maximum = 1_000_000_000_000i64)]
    quantity: i64,
    /// Such as `restocking the shop`.
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

fn elsewhere(from: &str) -> impl FnOnce(&str, &()) -> garde::Result {
    move |to, ()| match to == from {
        true => Err(garde::Error::new("a transfer goes to another location")),
        false => Ok(()),
    }
}

/// Transfer stock between locations
///
/// Only what is available at `from` can go, not what is reserved there: 409 `stock-reserved`. What there is in all
/// stays the same.
#[utoipa::path(tag = "inventory", operation_id = "transfer_stock", security(("bearer" = ["stock:write"])),
    params(("sku" = Sku, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewTransfer,
    responses((status = 201, body = Stock), Problems))]
#[post("/v1/stock/{sku}/transfers")]
pub(super) async fn transfer_stock(
    caller: May<StockWrite>,
    sku: PathSegment,
    request: Keyed<NewTransfer>,
    inventory: Inventory,
) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let Keyed { body: NewTransfer { from, to, quantity, reason }, key } = request;
    let transfer = TransferStock { sku, from, to, quantity, reason };
    let cx = caller.cx.clone();
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| transfer::transfer(tx, change, &transfer);
        let done = inventory.foundation.answer(&cx, "inventory.transfer", Some(key), work, moved).await;
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    };
    caller.detach(work).await
}
