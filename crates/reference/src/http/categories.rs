use actix_web::{delete, get, patch, post};
use kernel::permission::ReferenceWrite;
use kernel::{Page, PageRequest};
use platform::Change;
use platform::http::{
    IfMatch, JsonBody, Keyable, May, Params, PathSegment, Problem, Problems, Reply, Visitor, page_request,
};
use platform::store::{StoreError, Tx};

use super::{AfterCode, PageParams, Reference, no_cursor};
use crate::category::{CategoryPatch, NewCategory};
use crate::create_category::create_category;
use crate::remove_category::remove_category;
use crate::request::{CategoryPatchRequest, CategoryRequest};
use crate::show::Placed;
use crate::update_category::update_category;

/// List categories
///
/// The whole taxonomy in the order of the tree: each category before those below it.
#[utoipa::path(tag = "reference", operation_id = "list_categories", security((), ("bearer" = [])),
    params(PageParams),
    responses((status = 200, description = "A page of categories", body = Page<Placed>), Problems))]
#[get("/v1/categories")]
pub(super) async fn list_categories(
    visitor: Visitor,
    params: Params<PageParams>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let page: PageRequest<AfterCode> = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let page = PageRequest { limit: page.limit, after: page.after.map(|after| after.0) };
    let shown = reference.list_categories(&visitor.cx, page).await?;
    Ok(Reply::ok(&shown.ok_or_else(no_cursor)?)?)
}

/// Create a category
///
/// Behind its siblings unless a position is given. Refused with 409 `category-taken`, `unknown-parent`,
/// `category-too-deep` or `too-many-categories`.
#[utoipa::path(tag = "reference", operation_id = "create_category", security(("bearer" = ["reference:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = CategoryRequest,
    responses(
        (status = 201, description = "The category", body = Placed,
            headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/categories")]
pub(super) async fn create_new_category(
    caller: May<ReferenceWrite>,
    request: Keyable<CategoryRequest>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (Keyable { body, key }, cx) = (request, caller.cx.clone());
    let new = NewCategory::from(body);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| create_category(tx, change, &new);
        Ok(reference.foundation.answer(&cx, "reference.create_category", key, work, created).await?)
    };
    caller.detach(work).await
}

/// Show a category
#[utoipa::path(tag = "reference", operation_id = "get_category", security((), ("bearer" = [])),
    params(("code" = String, Path, example = "home-lighting")),
    responses((status = 200, description = "The category", body = Placed, headers(("ETag" = String))), Problems))]
#[get("/v1/categories/{code}")]
pub(super) async fn get_category(
    visitor: Visitor,
    code: PathSegment,
    reference: Reference,
) -> Result<Reply, Problem> {
    Ok(shown(&reference.get_category(&visitor.cx, code.into_inner()).await?)?)
}

/// Change a category
///
/// A title renames it; a parent moves it, with all that is below it. What is left out stays. Refused with 409
/// `unknown-parent`, `category-cycle` or `category-too-deep`.
#[utoipa::path(tag = "reference", operation_id = "update_category", security(("bearer" = ["reference:write"])),
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = CategoryPatchRequest,
    responses(
        (status = 200, description = "The category after the change", body = Placed, headers(("ETag" = String))),
        Problems))]
#[patch("/v1/categories/{code}")]
pub(super) async fn change_category(
    caller: May<ReferenceWrite>,
    code: PathSegment,
    expected: IfMatch,
    request: JsonBody<CategoryPatchRequest>,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (code, cx) = (code.into_inner(), caller.cx.clone());
    let patch = CategoryPatch::from(request.0);
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| update_category(tx, change, &code, &expected, &patch);
        Ok(reference.foundation.answer(&cx, "reference.update_category", None, work, shown).await?)
    };
    caller.detach(work).await
}

/// Remove a category
///
/// Products that name it keep its code; new ones cannot name it. One that has others below it is refused with 409
/// `category-has-children`.
#[utoipa::path(tag = "reference", operation_id = "remove_category", security(("bearer" = ["reference:write"])),
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"), Problems))]
#[delete("/v1/categories/{code}")]
pub(super) async fn delete_category(
    caller: May<ReferenceWrite>,
    code: PathSegment,
    expected: IfMatch,
    reference: Reference,
) -> Result<Reply, Problem> {
    let (code, cx) = (code.into_inner(), caller.cx.clone());
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| remove_category(tx, change, &code, &expected);
        let gone = |(): &()| Ok(Reply::no_content());
        Ok(reference.foundation.answer(&cx, "reference.remove_category", None, work, gone).await?)
    };
    caller.detach(work).await
}

fn shown(placed: &Placed) -> Result<Reply, StoreError> {
    Ok(Reply::ok(placed)?.tagged(placed.category.version))
}

fn created(placed: &Placed) -> Result<Reply, StoreError> {
    let location = format!("/v1/categories/{}", placed.category.code);
    Ok(Reply::created(placed)?.at(location).tagged(placed.category.version))
}
