use std::str::FromStr;

use actix_web::{delete, get, patch, post};
use garde::Validate;
use kernel::permission::{RolesRead, RolesWrite};
use kernel::{Page, PageRequest, Permissions};
use platform::Change;
use platform::http::rules::{line, optional, present, slug};
use platform::http::{
    ClientAddress, IfMatch, JsonBody, Keyable, May, Params, PathSegment, Problem, Problems, Reply,
    page_request,
};
use platform::store::{StoreError, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Identity, LONGEST_NAME, PageParams, granter};
use crate::role::Role;
use crate::roles::{self, RolePatch};

const LONGEST_CODE: usize = 64;

/// A role to be made.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
pub(super) struct RoleRequest {
    #[garde(custom(slug(LONGEST_CODE)))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", examples("night-shift"))]
    code: String,
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$",
        examples("Night shift")
    )]
    title: String,
    #[garde(skip)]
    permissions: Permissions,
}

/// What is to change of a role. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RolePatch)]
pub(super) struct RolePatchRequest {
    #[garde(custom(optional(line(1, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    title: Option<String>,
    /// Replaces all of them.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    permissions: Option<Permissions>,
}

/// What cursors begin with: not every code is one.
const CURSOR: &str = "after:";

/// A place in the list of roles.
struct AfterCode(String);

impl FromStr for AfterCode {
    type Err = garde::Error;

    fn from_str(text: &str) -> Result<AfterCode, garde::Error> {
        let code = text.strip_prefix(CURSOR).ok_or_else(|| garde::Error::new("not a cursor of this list"))?;
        slug(LONGEST_CODE)(code, &()).map(|()| AfterCode(code.to_owned()))
    }
}

/// List roles
///
/// In the order of their codes.
#[utoipa::path(tag = "identity", operation_id = "list_roles", security(("bearer" = ["roles:read"])), params(PageParams),
    responses((status = 200, description = "A page of roles", body = Page<Role>), Problems))]
#[get("/v1/roles")]
pub(super) async fn list_roles(
    caller: May<RolesRead>,
    params: Params<PageParams>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let page: PageRequest<AfterCode> = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let page = PageRequest { limit: page.limit, after: page.after.map(|after| after.0) };
    let Page { data, next_cursor } = identity.list_roles(&caller.cx, page).await?;
    let next_cursor = next_cursor.map(|code| format!("{CURSOR}{code}"));
    Ok(Reply::ok(&Page { data, next_cursor })?)
}

/// Make a role
///
/// One that allows what the caller may not is refused: 403 `beyond-your-permissions`; a taken code is 409 `role-taken`.
#[utoipa::path(tag = "identity", operation_id = "create_role", security(("bearer" = ["roles:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = RoleRequest,
    responses((status = 201, description = "The role", body = Role, headers(("Location" = String), ("ETag" = String))), Problems))]
#[post("/v1/roles")]
pub(super) async fn create_role(
    caller: May<RolesWrite>,
    address: ClientAddress,
    request: Keyable<RoleRequest>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let Keyable { body: RoleRequest { code, title, permissions }, key } = request;
    let (cx, by) = (caller.cx.clone(), granter(&caller, address));
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            roles::create(tx, change, &by, (&code, title.trim(), permissions))
        };
        Ok(identity.foundation.answer(&cx, "identity.create_role", key, work, created).await?)
    };
    caller.detach(work).await
}

/// Show a role
#[utoipa::path(tag = "identity", operation_id = "get_role", security(("bearer" = ["roles:read"])),
    params(("code" = String, Path, example = "support")),
    responses((status = 200, description = "The role", body = Role, headers(("ETag" = String))), Problems))]
#[get("/v1/roles/{code}")]
pub(super) async fn get_role(
    caller: May<RolesRead>,
    code: PathSegment,
    identity: Identity,
) -> Result<Reply, Problem> {
    Ok(shown(&identity.get_role(&caller.cx, code.into_inner()).await?)?)
}

/// Change a role
///
/// Those who have it may what it allows from the next request on. `owner` cannot be changed: 409 `role-builtin`.
#[utoipa::path(tag = "identity", operation_id = "update_role", security(("bearer" = ["roles:write"])),
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = RolePatchRequest,
    responses((status = 200, description = "The role after the change", body = Role, headers(("ETag" = String))), Problems))]
#[patch("/v1/roles/{code}")]
pub(super) async fn update_role(
    caller: May<RolesWrite>,
    code: PathSegment,
    expected: IfMatch,
    address: ClientAddress,
    request: JsonBody<RolePatchRequest>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (code, cx, by) = (code.into_inner(), caller.cx.clone(), granter(&caller, address));
    let RolePatchRequest { title, permissions } = request.0;
    let patch = RolePatch { title, permissions };
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| roles::update(tx, change, &by, &code, &expected, &patch);
        let reply = identity.foundation.answer(&cx, "identity.update_role", None, work, shown).await?;
        identity.bearers.forget_all();
        Ok(reply)
    };
    caller.detach(work).await
}

/// Remove a role
///
/// One that somebody has is refused: 409 `role-in-use`; so is `owner`: 409 `role-builtin`.
#[utoipa::path(tag = "identity", operation_id = "remove_role", security(("bearer" = ["roles:write"])),
    params(("code" = String, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"), Problems))]
#[delete("/v1/roles/{code}")]
pub(super) async fn remove_role(
    caller: May<RolesWrite>,
    code: PathSegment,
    expected: IfMatch,
    address: ClientAddress,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (code, cx, by) = (code.into_inner(), caller.cx.clone(), granter(&caller, address));
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| roles::remove(tx, change, &by, &code, &expected);
        let gone = |(): &()| Ok(Reply::no_content());
        Ok(identity.foundation.answer(&cx, "identity.remove_role", None, work, gone).await?)
    };
    caller.detach(work).await
}

fn shown(role: &Role) -> Result<Reply, StoreError> {
    Ok(Reply::ok(role)?.tagged(role.version))
}

fn created(role: &Role) -> Result<Reply, StoreError> {
    Ok(Reply::created(role)?.at(format!("/v1/roles/{}", role.code)).tagged(role.version))
}
