//! REST rows: stock, adjustments, the ledger.

use std::str::FromStr;

use actix_web::{get, post, web};
use garde::Validate;
use inventory_api::{AdjustStock, Stock};
use kernel::{Page, Sku, Timestamp};
use platform::Change;
use platform::http::{Admin, Keyed, Params, PathSegment, Problem, Problems, Reply, page_request, parse_path};
use platform::idempotency::Outcome;
use platform::store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::Error;
use crate::module::InventoryModule;
use crate::store;
use crate::store::ledger::LedgerRow;
use crate::{adjust, show};

/// More than any shop holds, and far from the edge of 64 bits.
const LARGEST_DELTA: i64 = 1_000_000_000_000;

/// Stock that was received, lost or counted.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdjustment {
    /// Added to what is on hand; negative takes away. Not 0.
    #[garde(range(min = -LARGEST_DELTA, max = LARGEST_DELTA), custom(not_zero))]
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
    "main".to_owned()
}

fn not_zero(delta: &i64, (): &()) -> garde::Result {
    if *delta == 0 { Err(garde::Error::new("an adjustment of 0 changes nothing")) } else { Ok(()) }
}

fn is_location(location: &str, (): &()) -> garde::Result {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if location.bytes().all(plain) { Ok(()) } else { Err(garde::Error::new("use A-Z a-z 0-9 . _ -")) }
}

/// One movement of stock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerEntry {
    seq: i64,
    location: String,
    /// `adjusted`, `reserved` or `released`.
    kind: String,
    on_hand_delta: i64,
    reserved_delta: i64,
    on_hand_after: i64,
    reason: Option<String>,
    /// Who or what caused it: a principal, or an order's id.
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

type Inventory = web::Data<InventoryModule>;

/// Stock of a SKU
///
/// What is on hand, reserved and available, in all and by location.
#[utoipa::path(tag = "inventory", operation_id = "get_stock", security(("admin" = [])),
    params(("sku" = Sku, Path)),
    responses((status = 200, body = Stock), Problems))]
#[get("/v1/stock/{sku}")]
async fn get_stock(caller: Admin, sku: PathSegment, inventory: Inventory) -> Result<Reply, Problem> {
    let sku: Sku = parse_path(&sku)?;
    let stock: Result<Stock, Error> =
        inventory.store().read(&caller.cx, move |db| show::find(db, &sku)).await;
    let stock = stock.map_err(|error| Problem::from(&error))?;
    Ok(Reply::ok(&stock)?.tagged(stock.version))
}

/// Adjust the stock
///
/// Adds to or takes from what is on hand at a location. Never below what is reserved there.
#[utoipa::path(tag = "inventory", operation_id = "adjust_stock", security(("admin" = [])),
    params(("sku" = Sku, Path), ("Idempotency-Key" = String, Header, min_length = 16, max_length = 255)),
    request_body = NewAdjustment,
    responses((status = 201, body = Stock), Problems))]
#[post("/v1/stock/{sku}/adjustments")]
async fn adjust_stock(
    caller: Admin,
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
        let done = inventory.foundation.answer(&cx, "inventory.adjust", Some(key), work, adjusted).await;
        done.map_err(|outcome: Outcome<Error>| outcome.into())
    };
    caller.detach(work).await
}

fn adjusted(stock: &Stock) -> Result<Reply, StoreError> {
    Ok(Reply::created(stock)?.at(format!("/v1/stock/{}", stock.sku)).tagged(stock.version))
}

/// The stock ledger
///
/// Every movement of a SKU, newest first.
#[utoipa::path(tag = "inventory", operation_id = "list_stock_ledger", security(("admin" = [])),
    params(("sku" = Sku, Path), LedgerParams),
    responses((status = 200, body = Page<LedgerEntry>), Problems))]
#[get("/v1/stock/{sku}/ledger")]
async fn list_ledger(
    caller: Admin,
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
            store::items::find(db, &sku)?.ok_or(inventory_api::InventoryError::UnknownSku(sku.clone()))?;
            Ok(store::ledger::list(db, &sku, after, page.limit.plus_one())?)
        })
        .await;
    let rows = rows.map_err(|error| Problem::from(&error))?;
    Ok(Reply::ok(&Page::cut(rows, page.limit, |row| row.seq.to_string()).map(LedgerEntry::from))?)
}

pub(crate) fn routes(module: &InventoryModule, config: &mut ServiceConfig<'_>) {
    config.app_data(web::Data::new(module.clone()));
    config.service(get_stock).service(adjust_stock).service(list_ledger);
}
