use std::str::FromStr;

use actix_web::get;
use inventory_api::InventoryError;
use kernel::permission::StockRead;
use kernel::{Page, Sku, Timestamp};
use platform::http::{May, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Inventory;
use crate::error::Error;
use crate::store;
use crate::store::ledger::LedgerRow;

/// One movement of stock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    seq: i64,
    location: String,
    /// `adjusted`, `transfer_out`, `transfer_in`, `reserved`, `allocated` (to a hold that waited), `released` or
    /// `shipped`.
    kind: String,
    on_hand_delta: i64,
    reserved_delta: i64,
    on_hand_after: i64,
    reason: Option<String>,
    /// Who or what caused it: a principal, or the id of an order or a transfer.
    cause: Option<String>,
    at: Timestamp,
}

impl From<LedgerRow> for LedgerEntry {
    fn from(row: LedgerRow) -> LedgerEntry {
        LedgerEntry {
            seq: row.seq,
            location: row.location,
            kind: row.kind,
            on_hand_delta: row.on_hand_delta,
            reserved_delta: row.reserved_delta,
            on_hand_after: row.on_hand_after,
            reason: row.reason,
            cause: row.cause,
            at: row.at.0,
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LedgerParams {
    /// Entries on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The `seq` of a page's last entry; the first there is has 1.
struct LedgerCursor(i64);

impl FromStr for LedgerCursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<LedgerCursor, &'static str> {
        match text.parse() {
            Ok(seq) if seq > 0 => Ok(LedgerCursor(seq)),
            _ => Err("not the number of an entry"),
        }
    }
}

/// The stock ledger
///
/// Every movement of a SKU, newest first.
#[utoipa::path(tag = "inventory", operation_id = "list_stock_ledger", security(("bearer" = ["stock:read"])),
    params(("sku" = Sku, Path), LedgerParams),
    responses((status = 200, body = Page<LedgerEntry>), Problems))]
#[get("/v1/stock/{sku}/ledger")]
pub(super) async fn list_ledger(
    caller: May<StockRead>,
    sku: PathSegment,
    params: Params<LedgerParams>,
    inventory: Inventory,
) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let page = page_request::<LedgerCursor>(params.0.limit, params.0.cursor.as_deref())?;
    let after = page.after.map(|LedgerCursor(seq)| seq);
    let rows: Result<Vec<LedgerRow>, Error> = inventory
        .store()
        .read(&caller.cx, move |db| {
            store::items::find(db, &sku)?.ok_or(InventoryError::UnknownSku(sku.clone()))?;
            Ok(store::ledger::list(db, &sku, after, page.limit.plus_one())?)
        })
        .await;
    let rows = rows.map_err(|error| Problem::from(&error))?;
    Ok(Reply::ok(&Page::cut(rows, page.limit, |row| row.seq.to_string()).map(LedgerEntry::from))?)
}
