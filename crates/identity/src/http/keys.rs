use actix_web::{delete, get, post};
use garde::Validate;
use identity_api::ApiKeyId;
use kernel::permission::{KeysRead, KeysWrite};
use kernel::{Page, Permissions, Timestamp, Token};
use platform::Change;
use platform::http::rules::line;
use platform::http::{
    ClientAddress, IfMatch, JsonBody, May, Params, PathSegment, Problem, Problems, Reply, page_request,
    parse_path,
};
use platform::store::Tx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Identity, PageParams, granter};
use crate::api_key::ApiKey;
use crate::error::Error;
use crate::keys::{self, NewKey};
use crate::random;

const LONGEST_NAME: usize = 100;

/// A key to be made.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey)]
pub(super) struct KeyRequest {
    /// What it is for.
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1F\x7F-\x9F]*$",
        examples("warehouse scanner")
    )]
    name: String,
    /// What it allows.
    #[garde(skip)]
    scopes: Permissions,
    /// Never, if left out.
    #[garde(skip)]
    expires_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApiKeyStatus)]
enum KeyStatus {
    Active,
    Expired,
    Revoked,
}

/// A key of a program.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct ShownKey {
    id: ApiKeyId,
    name: String,
    scopes: Permissions,
    status: KeyStatus,
    /// The principal who made it.
    created_by: String,
    created_at: Timestamp,
    #[schema(required)]
    expires_at: Option<Timestamp>,
    #[schema(required)]
    revoked_at: Option<Timestamp>,
    version: i64,
}

/// A key with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CreatedApiKey)]
pub(super) struct CreatedKey {
    #[serde(flatten)]
    key: ShownKey,
    /// For the `Authorization` header.
    #[schema(value_type = String, format = "password")]
    secret: Token,
}

impl ShownKey {
    fn of(key: ApiKey, now: Timestamp) -> ShownKey {
        let status = match (key.revoked_at, key.is_good(now)) {
            (Some(_), _) => KeyStatus::Revoked,
            (None, false) => KeyStatus::Expired,
            (None, true) => KeyStatus::Active,
        };
        ShownKey {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            status,
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            version: key.version,
        }
    }
}

/// List API keys
///
/// Newest first; those that were revoked, too.
#[utoipa::path(tag = "identity", operation_id = "list_api_keys", security(("bearer" = ["keys:read"])), params(PageParams),
    responses((status = 200, description = "A page of keys", body = Page<ShownKey>), Problems))]
#[get("/v1/api-keys")]
pub(super) async fn list_api_keys(
    caller: May<KeysRead>,
    params: Params<PageParams>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let now = identity.foundation.clock.now();
    let found = identity.list_keys(&caller.cx, page).await?;
    Ok(Reply::ok(&found.map(|key| ShownKey::of(key, now)))?)
}

/// Make an API key
///
/// For a program. The secret is shown this once and kept nowhere, so an Idempotency-Key is not used here: revoke a key whose reply was
/// lost. A scope that the caller does not have is refused: 403 `beyond-your-permissions`.
#[utoipa::path(tag = "identity", operation_id = "create_api_key", security(("bearer" = ["keys:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = KeyRequest,
    responses((status = 201, description = "The key", body = CreatedKey, headers(("Location" = String), ("ETag" = String))), Problems))]
#[post("/v1/api-keys")]
pub(super) async fn create_api_key(
    caller: May<KeysWrite>,
    address: ClientAddress,
    request: JsonBody<KeyRequest>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let KeyRequest { name, scopes, expires_at } = request.0;
    let (cx, by) = (caller.cx.clone(), granter(&caller, address));
    let work = async move {
        let (secret, new) = (random::bytes()?, NewKey { name, scopes, expires_at });
        let work = move |tx: &mut Tx<'_>, change: &Change| keys::create(tx, change, &by, &new, secret);
        let made: Result<_, Error> = identity.foundation.write(&cx, "identity.create_key", work).await;
        let (key, secret) = made?;
        let (id, version) = (key.id, key.version);
        let shown = CreatedKey { key: ShownKey::of(key, identity.foundation.clock.now()), secret };
        Ok(Reply::created(&shown)?.at(format!("/v1/api-keys/{id}")).tagged(version))
    };
    caller.detach(work).await
}

/// Show an API key
#[utoipa::path(tag = "identity", operation_id = "get_api_key", security(("bearer" = ["keys:read"])),
    params(("id" = ApiKeyId, Path)),
    responses((status = 200, description = "The key", body = ShownKey, headers(("ETag" = String))), Problems))]
#[get("/v1/api-keys/{id}")]
pub(super) async fn get_api_key(
    caller: May<KeysRead>,
    id: PathSegment,
    identity: Identity,
) -> Result<Reply, Problem> {
    let key = identity.get_key(&caller.cx, parse_path(&id)?).await?;
    let version = key.version;
    Ok(Reply::ok(&ShownKey::of(key, identity.foundation.clock.now()))?.tagged(version))
}

/// Revoke an API key
///
/// It opens nothing any more, from the next request on. One that is revoked stays so.
#[utoipa::path(tag = "identity", operation_id = "revoke_api_key", security(("bearer" = ["keys:write"])),
    params(("id" = ApiKeyId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is revoked"), Problems))]
#[delete("/v1/api-keys/{id}")]
pub(super) async fn revoke_api_key(
    caller: May<KeysWrite>,
    id: PathSegment,
    expected: IfMatch,
    address: ClientAddress,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (id, cx): (ApiKeyId, _) = (parse_path(&id)?, caller.cx.clone());
    let by = granter(&caller, address);
    let work = async move {
        let work = move |tx: &mut Tx<'_>, change: &Change| keys::revoke(tx, change, &by, id, &expected);
        let gone = |(): &()| Ok(Reply::no_content());
        let reply = identity.foundation.answer(&cx, "identity.revoke_key", None, work, gone).await?;
        identity.bearers.forget(id.uuid());
        Ok(reply)
    };
    caller.detach(work).await
}
