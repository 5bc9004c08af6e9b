use actix_web::get;
use kernel::Page;
use platform::http::{Params, Problem, Problems, Reply, Visitor, page_request};
use reference_api::CurrencyFacts;

use super::{PageParams, Reference};

/// List currencies
///
/// Those of ISO 4217 in which prices can be given, in the order of their codes.
#[utoipa::path(tag = "reference", operation_id = "list_currencies", security((), ("bearer" = [])),
    params(PageParams),
    responses((status = 200, description = "A page of currencies", body = Page<CurrencyFacts>), Problems))]
#[get("/v1/currencies")]
pub(super) async fn list_currencies(
    visitor: Visitor,
    params: Params<PageParams>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    Ok(Reply::ok(&reference.list_currencies(&visitor.cx, page).await?)?)
}
