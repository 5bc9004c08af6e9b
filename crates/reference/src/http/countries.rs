use actix_web::{get, patch};
use kernel::permission::ReferenceWrite;
use kernel::{Page, PageRequest};
use platform::Change;
use platform::http::{
    IfMatch, JsonBody, May, Params, PathSegment, Problem, Problems, Reply, Visitor, page_request,
};
use platform::store::{StoreError, Tx};
use reference_api::Country;

use super::{AfterAlpha2, PageParams, Reference};
use crate::error::Error;
use crate::request::CountryPatchRequest;
use crate::show::is_alpha2;
use crate::update_country::update_country;

/// List countries
///
/// Those of ISO 3166-1, in the order of their codes, with what an address there must have.
#[utoipa::path(tag = "reference", operation_id = "list_countries", security((), ("bearer" = [])),
    params(PageParams),
    responses((status = 200, description = "A page of countries", body = Page<Country>), Problems))]
#[get("/v1/countries")]
pub(super) async fn list_countries(
    visitor: Visitor,
    params: Params<PageParams>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let page: PageRequest<AfterAlpha2> = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let page = PageRequest { limit: page.limit, after: page.after.map(|after| after.0) };
    Ok(Reply::ok(&reference.list_countries(&visitor.cx, page).await?)?)
}

/// Show a country
#[utoipa::path(tag = "reference", operation_id = "get_country", security((), ("bearer" = [])),
    params(("code" = String, Path, description = "ISO 3166-1 alpha-2", example = "DE")),
    responses((status = 200, description = "The country", body = Country, headers(("ETag" = String))), Problems))]
#[get("/v1/countries/{code}")]
pub(super) async fn get_country(
    visitor: Visitor,
    code: PathSegment,
    reference: Reference,
) -> Result<Reply, Problem> {
    Ok(shown(&reference.get_country(&visitor.cx, code.into_inner()).await?)?)
}

/// Enable or disable a country
///
/// Where a country is disabled, new addresses are refused with 409 `country-disabled`; those that are there stay.
#[utoipa::path(tag = "reference", operation_id = "update_country", security(("bearer" = ["reference:write"])),
    params(("code" = String, Path, description = "ISO 3166-1 alpha-2"),
        ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = CountryPatchRequest,
    responses(
        (status = 200, description = "The country after the change", body = Country, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/countries/{code}")]
pub(super) async fn change_country(
    caller: May<ReferenceWrite>,
    code: PathSegment,
    expected: IfMatch,
    request: JsonBody<CountryPatchRequest>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (code, cx, enabled) = (code.into_inner(), caller.cx.clone(), request.0.enabled);
    if !is_alpha2(&code) {
        return Err(Error::CountryNotFound(code).into());
    }
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| update_country(tx, change, &code, &expected, enabled);
        Ok(reference.foundation.answer(&cx, "reference.update_country", None, work, shown).await?)
    };
    caller.detach(work).await
}

fn shown(country: &Country) -> Result<Reply, StoreError> {
    Ok(Reply::ok(country)?.tagged(country.version))
}
