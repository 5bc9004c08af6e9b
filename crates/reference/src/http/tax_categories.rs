use actix_web::{get, patch, post};
use kernel::permission::ReferenceWrite;
use kernel::{Page, PageRequest};
use platform::Change;
use platform::http::{
    IfMatch, JsonBody, Keyable, May, Params, PathSegment, Problem, Problems, Reply, Visitor, page_request,
};
use platform::store::{StoreError, Tx};
use reference_api::TaxCategory;

use super::{AfterCode, PageParams, Reference, no_cursor};
use crate::error::Error;
use crate::request::{TaxCategoryPatchRequest, TaxCategoryRequest};
use crate::show::is_code;
use crate::tax_category::{create_tax_category, update_tax_category};

/// List tax categories
///
/// In the order of their codes.
#[utoipa::path(tag = "reference", operation_id = "list_tax_categories", security((), ("bearer" = [])),
    params(PageParams),
    responses((status = 200, description = "A page of tax categories", body = Page<TaxCategory>), Problems))]
#[get("/v1/tax-categories")]
pub(super) async fn list_tax_categories(
    visitor: Visitor,
    params: Params<PageParams>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let page: PageRequest<AfterCode> = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let page = PageRequest { limit: page.limit, after: page.after.map(|after| after.0) };
    let shown = reference.list_tax_categories(&visitor.cx, page).await?;
    Ok(Reply::ok(&shown.ok_or_else(no_cursor)?)?)
}

/// Create a tax category
///
/// Refused with 409 `tax-category-taken`.
#[utoipa::path(tag = "reference", operation_id = "create_tax_category", security(("bearer" = ["reference:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = TaxCategoryRequest,
    responses(
        (status = 201, description = "The tax category", body = TaxCategory,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/tax-categories")]
pub(super) async fn create_new_tax_category(
    caller: May<ReferenceWrite>,
    request: Keyable<TaxCategoryRequest>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (Keyable { body, key }, cx) = (request, caller.cx.clone());
    let TaxCategoryRequest { code, title } = body;
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| create_tax_category(tx, change, &code, title.trim());
        Ok(reference.foundation.answer(&cx, "reference.create_tax_category", key, work, created).await?)
    };
    caller.detach(work).await
}

/// Show a tax category
#[utoipa::path(tag = "reference", operation_id = "get_tax_category", security((), ("bearer" = [])),
    params(("code" = String, Path, example = "reduced")),
    responses(
        (status = 200, description = "The tax category", body = TaxCategory, headers(("ETag" = String))),
        Problems))]
#[get("/v1/tax-categories/{code}")]
pub(super) async fn get_tax_category(
    visitor: Visitor,
    code: PathSegment,
    reference: Reference,
) -> Result<Reply, Problem> {
    Ok(shown(&reference.get_tax_category(&visitor.cx, code.into_inner()).await?)?)
}

/// Rename a tax category
#[utoipa::path(tag = "reference", operation_id = "update_tax_category", security(("bearer" = ["reference:write"])),
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = TaxCategoryPatchRequest,
    responses(
        (status = 200, description = "The tax category after the change", body = TaxCategory,
            headers(("ETag" = String))),
        Problems))]
#[patch("/v1/tax-categories/{code}")]
pub(super) async fn change_tax_category(
    caller: May<ReferenceWrite>,
    code: PathSegment,
    expected: IfMatch,
    request: JsonBody<TaxCategoryPatchRequest>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (code, cx, title) = (code.into_inner(), caller.cx.clone(), request.0.title);
    if !is_code(&code) {
        return Err(Error::TaxCategoryNotFound(code).into());
    }
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            update_tax_category(tx, change, &code, &expected, title.as_deref().map(str::trim))
        };
        Ok(reference.foundation.answer(&cx, "reference.update_tax_category", None, work, shown).await?)
    };
    caller.detach(work).await
}

fn shown(tax_category: &TaxCategory) -> Result<Reply, StoreError> {
    Ok(Reply::ok(tax_category)?.tagged(tax_category.version))
}

fn created(tax_category: &TaxCategory) -> Result<Reply, StoreError> {
    let location = format!("/v1/tax-categories/{}", tax_category.code);
    Ok(Reply::created(tax_category)?.at(location).tagged(tax_category.version))
}
