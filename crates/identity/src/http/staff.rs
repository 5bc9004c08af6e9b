use actix_web::{get, patch, post};
use garde::Validate;
use identity_api::StaffId;
use kernel::permission::{StaffRead, StaffWrite};
use kernel::{Page, Principal};
use platform::Change;
use platform::http::rules::{line, optional, present};
use platform::http::{
    ClientAddress, IfMatch, JsonBody, Keyable, May, Params, PathSegment, Problem, Problems, Reply,
    page_request, parse_path,
};
use platform::store::{StoreError, Tx};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Identity, LONGEST_EMAIL, LONGEST_NAME, PageParams, granter, is_password};
use crate::account::Status;
use crate::hashing::Password;
use crate::password;
use crate::staff::{self, NewStaff, Staff, StaffPatch};

const MOST_ROLES: usize = 20;

/// Somebody to be taken on.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewStaff)]
pub(super) struct StaffRequest {
    /// What they log in with.
    #[garde(email, custom(line(1, LONGEST_EMAIL)))]
    #[schema(format = "email", max_length = 254, examples("grace@example.com"))]
    email: String,
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Grace"))]
    name: String,
    /// Codes of roles.
    #[garde(length(max = MOST_ROLES))]
    #[schema(max_items = 20, examples(json!(["support"])))]
    roles: Vec<String>,
    /// Without one, a mail invites them to choose it.
    #[garde(inner(custom(is_password)))]
    #[schema(value_type = Option<String>, format = "password", min_length = 8, max_length = 128)]
    password: Option<Password>,
}

/// What is to change of somebody who works here. What is left out stays.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StaffPatch)]
pub(super) struct StaffPatchRequest {
    #[garde(custom(optional(line(1, LONGEST_NAME))))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    name: Option<String>,
    /// Who is disabled is logged out everywhere at once.
    #[garde(skip)]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    status: Option<Status>,
    /// Replaces all of them.
    #[garde(inner(length(max = MOST_ROLES)))]
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false, max_items = 20)]
    roles: Option<Vec<String>>,
}

/// List staff
///
/// Newest first.
#[utoipa::path(tag = "identity", operation_id = "list_staff", security(("bearer" = ["staff:read"])), params(PageParams),
    responses((status = 200, description = "A page of staff", body = Page<Staff>), Problems))]
#[get("/v1/staff")]
pub(super) async fn list_staff(
    caller: May<StaffRead>,
    params: Params<PageParams>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    Ok(Reply::ok(&identity.list_staff(&caller.cx, page).await?)?)
}

/// Take somebody on
///
/// With the password given, or by a mail that invites them to choose one. With a password, an Idempotency-Key is not used: whoever
/// repeats the request learns that the email is taken. A role that allows what the caller may not is refused: 403
/// `beyond-your-permissions`; a taken email is 409 `staff-email-taken`, a role that is not there `unknown-role`.
#[utoipa::path(tag = "identity", operation_id = "add_staff", security(("bearer" = ["staff:write"])),
    params(("Idempotency-Key" = Option<String>, Header, min_length = 16, max_length = 255)),
    request_body = StaffRequest,
    responses(
        (status = 201, description = "The member of staff", body = Staff, headers(("Location" = String), ("ETag" = String))),
        Problems))]
#[post("/v1/staff")]
pub(super) async fn add_staff(
    caller: May<StaffWrite>,
    address: ClientAddress,
    request: Keyable<StaffRequest>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let Keyable { body: StaffRequest { email, name, roles, password }, key } = request;
    let (cx, by) = (caller.cx.clone(), granter(&caller, address));
    // A key goes with a digest of the whole request, which a password must not be guessed from.
    let key = key.filter(|_| password.is_none());
    let work = async move {
        let password = match password {
            Some(password) => {
                password::admit(&password, "/password", &[&email, &name])?;
                Some(identity.hasher.place()?.hash(password).await?)
            }
            None => None,
        };
        let new = NewStaff { email, name, roles, password };
        let work = move |tx: &mut Tx<'_>, change: &Change| staff::add(tx, change, &by, &new);
        Ok(identity.foundation.answer(&cx, "identity.add_staff", key, work, created).await?)
    };
    caller.detach(work).await
}

/// Show a member of staff
#[utoipa::path(tag = "identity", operation_id = "get_staff", security(("bearer" = ["staff:read"])),
    params(("id" = StaffId, Path)),
    responses((status = 200, description = "The member of staff", body = Staff, headers(("ETag" = String))), Problems))]
#[get("/v1/staff/{id}")]
pub(super) async fn get_staff(
    caller: May<StaffRead>,
    id: PathSegment,
    identity: Identity,
) -> Result<Reply, Problem> {
    Ok(shown(&identity.get_staff(&caller.cx, parse_path(&id)?).await?)?)
}

/// Change a member of staff
///
/// Who may more than the caller cannot be changed, and no role be given that does: 403 `beyond-your-permissions`. Somebody must be
/// the owner: 409 `last-owner`.
#[utoipa::path(tag = "identity", operation_id = "update_staff", security(("bearer" = ["staff:write"])),
    params(("id" = StaffId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = StaffPatchRequest,
    responses((status = 200, description = "The member of staff after the change", body = Staff, headers(("ETag" = String))), Problems))]
#[patch("/v1/staff/{id}")]
pub(super) async fn update_staff(
    caller: May<StaffWrite>,
    id: PathSegment,
    expected: IfMatch,
    address: ClientAddress,
    request: JsonBody<StaffPatchRequest>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (id, cx): (StaffId, _) = (parse_path(&id)?, caller.cx.clone());
    let StaffPatchRequest { name, status, roles } = request.0;
    let (by, patch) = (granter(&caller, address), StaffPatch { name, status, roles });
    let work = async move {
        let work =
            move |tx: &mut Tx<'_>, change: &Change| staff::update(tx, change, &by, id, &expected, &patch);
        let reply = identity.foundation.answer(&cx, "identity.update_staff", None, work, shown).await?;
        identity.bearers.forget_principal(&Principal::Staff(id));
        Ok(reply)
    };
    caller.detach(work).await
}

fn shown(staff: &Staff) -> Result<Reply, StoreError> {
    Ok(Reply::ok(staff)?.tagged(staff.version))
}

fn created(staff: &Staff) -> Result<Reply, StoreError> {
    Ok(Reply::created(staff)?.at(format!("/v1/staff/{}", staff.id)).tagged(staff.version))
}
