use std::str::FromStr;

use actix_web::get;
use kernel::permission::AuditRead;
use kernel::{Page, PageRequest, Permission, Permissions, Principal};
use platform::http::{May, Member, Params, Problem, Problems, Reply, page_request};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Identity, PageParams, person};
use crate::audit::Entry;
use crate::role::Role;

/// Who somebody is here.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Me {
    #[schema(value_type = String, examples("customer:cus_01k9qz3v8yfg2r5m4n3c680thw"))]
    principal: Principal,
    /// `customer`, `staff`, `machine` or `admin`.
    kind: &'static str,
    #[schema(required)]
    email: Option<String>,
    /// Of staff.
    #[schema(required)]
    name: Option<String>,
    permissions: Permissions,
    roles: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PermissionFacts)]
pub(super) struct ShownPermission {
    #[schema(value_type = String, examples("orders:read"))]
    name: Permission,
    /// What it lets one do.
    about: &'static str,
}

/// Who am I?
///
/// Whom the credential stands for, and what it allows.
#[utoipa::path(tag = "identity", operation_id = "get_me", security(("bearer" = [])),
    responses((status = 200, body = Me), Problems))]
#[get("/v1/me")]
pub(super) async fn get_me(caller: Member, identity: Identity) -> Result<Reply, Problem> {
    let kind = match &caller.cx.principal {
        Principal::Customer(_) => "customer",
        Principal::Staff(_) => "staff",
        Principal::Machine(_) => "machine",
        Principal::Admin | Principal::System(_) | Principal::Anonymous => "admin",
    };
    let found = match person(&caller) {
        Ok(id) => identity.account_with_roles(&caller.cx, id).await?,
        Err(_) => None,
    };
    let (account, roles) = found.unzip();
    let email = account.as_ref().map(|account| account.email.clone());
    let code = |role: Role| role.code;
    Ok(Reply::ok(&Me {
        principal: caller.cx.principal.clone(),
        kind,
        email,
        name: account.and_then(|account| account.name),
        permissions: caller.permissions(),
        roles: roles.unwrap_or_default().into_iter().map(code).collect(),
    })?)
}

/// List permissions
///
/// What roles and API keys may allow.
#[utoipa::path(tag = "identity", operation_id = "list_permissions", security(("bearer" = [])),
    responses((status = 200, description = "All of them", body = Page<ShownPermission>), Problems))]
#[get("/v1/permissions")]
pub(super) async fn list_permissions(_: Member) -> Result<Reply, Problem> {
    let shown = |&name: &Permission| ShownPermission { name, about: name.about() };
    Ok(Reply::ok(&Page { data: Permission::ALL.iter().map(shown).collect(), next_cursor: None })?)
}

/// A place in the audit log.
struct Before(i64);

impl FromStr for Before {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Before, &'static str> {
        text.parse().ok().filter(|seq| *seq > 0).map(Before).ok_or("no place in the log")
    }
}

/// The audit log
///
/// Who did what to whom, newest first. Each entry's digest covers the one before; `holdfast audit verify` and `holdfast check` verify
/// that none was changed or removed.
#[utoipa::path(tag = "identity", operation_id = "list_audit_log", security(("bearer" = ["audit:read"])), params(PageParams),
    responses((status = 200, description = "A page of entries", body = Page<Entry>), Problems))]
#[get("/v1/admin/audit")]
pub(super) async fn list_audit_log(
    caller: May<AuditRead>,
    params: Params<PageParams>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let page: PageRequest<Before> = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let page = PageRequest { limit: page.limit, after: page.after.map(|before| before.0) };
    Ok(Reply::ok(&identity.audit_log(&caller.cx, page).await?)?)
}
