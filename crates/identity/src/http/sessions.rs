use actix_web::{delete, get, post};
use garde::Validate;
use identity_api::{SessionId, SessionKind};
use kernel::{Page, Permissions, Principal, Timestamp, Token};
use platform::http::{
    ClientAddress, JsonBody, Member, Params, PathSegment, Problem, Problems, Reply, Stranger, page_request,
    parse_path,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountKind, Identity, LONGEST_EMAIL, PageParams, is_password, is_token, person};
use crate::end_session::Which;
use crate::hashing::Password;
use crate::log_in::{Attempt, Opened};
use crate::session::Session;
use platform::http::rules::line;

/// Who logs in, and by what.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    #[garde(email, custom(line(1, LONGEST_EMAIL)))]
    #[schema(format = "email", max_length = 254, examples("alice@example.com"))]
    email: String,
    #[garde(custom(is_password))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128)]
    password: Password,
    #[garde(skip)]
    #[serde(default)]
    kind: AccountKind,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionRefresh {
    #[garde(custom(is_token))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128)]
    refresh_token: Token,
}

/// An open session, with its tokens. They are shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OpenSession {
    id: SessionId,
    /// `Bearer`
    token_type: &'static str,
    /// For the `Authorization` header.
    #[schema(value_type = String, format = "password")]
    access_token: Token,
    /// Of the access token.
    expires_at: Timestamp,
    /// For `POST /v1/sessions/current/refresh`, once.
    #[schema(value_type = String, format = "password")]
    refresh_token: Token,
    refresh_expires_at: Timestamp,
    #[schema(value_type = String, examples("customer:cus_01k9qz3v8yfg2r5m4n3c680thw"))]
    principal: Principal,
    permissions: Permissions,
}

/// A session of one's own.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub(super) struct ShownSession {
    id: SessionId,
    created_at: Timestamp,
    refreshed_at: Timestamp,
    /// Unless it is refreshed.
    expires_at: Timestamp,
    /// Where it was opened from.
    #[schema(required)]
    address: Option<String>,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<Opened> for OpenSession {
    fn from(opened: Opened) -> OpenSession {
        OpenSession {
            id: opened.id,
            token_type: "Bearer",
            access_token: opened.access,
            expires_at: opened.access_expires_at,
            refresh_token: opened.refresh,
            refresh_expires_at: opened.refresh_expires_at,
            principal: opened.principal,
            permissions: opened.permissions,
        }
    }
}

/// Log in
///
/// Opens a session. Whatever is wrong, the reply is 401 `invalid-credentials`, and takes as long. After five wrong passwords within a
/// quarter of an hour an account takes none for the next one: 429 `too-many-attempts`, also for the right one, also if there is no
/// such account; sessions that are open go on. An Idempotency-Key is not used here: tokens are kept nowhere.
#[utoipa::path(tag = "identity", operation_id = "log_in", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = NewSession,
    responses((status = 201, description = "The session", body = OpenSession), Problems))]
#[post("/v1/sessions")]
pub(super) async fn log_in(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<NewSession>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let NewSession { email, password, kind } = request.0;
    let attempt = Attempt { kind: kind.into(), email, password, address: address.0 };
    let cx = stranger.cx.clone();
    let work = async move { Ok(identity.log_in(&cx, attempt).await?) };
    Ok(Reply::created(&OpenSession::from(stranger.detach(work).await?))?)
}

/// Refresh a session
///
/// Exchanges the refresh token for new tokens, once; the ones before are void. A refresh token that comes back after more than ten
/// seconds ends the session: somebody else has it.
#[utoipa::path(tag = "identity", operation_id = "refresh_session", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = SessionRefresh,
    responses((status = 200, description = "The session", body = OpenSession), Problems))]
#[post("/v1/sessions/current/refresh")]
pub(super) async fn refresh_session(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<SessionRefresh>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (cx, token) = (stranger.cx.clone(), request.0.refresh_token);
    let work = async move { Ok(identity.refresh(&cx, &token.0, address.0).await?) };
    Ok(Reply::ok(&OpenSession::from(stranger.detach(work).await?))?)
}

/// List one's sessions
///
/// Newest first.
#[utoipa::path(tag = "identity", operation_id = "list_sessions", security(("bearer" = [])), params(PageParams),
    responses((status = 200, description = "A page of sessions", body = Page<ShownSession>), Problems))]
#[get("/v1/sessions")]
pub(super) async fn list_sessions(
    caller: Member,
    params: Params<PageParams>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let whose = person(&caller)?;
    let page = page_request(params.0.limit, params.0.cursor.as_deref())?;
    let current = caller.session::<SessionKind>();
    let shown = |session: Session| ShownSession {
        id: session.id,
        created_at: session.created_at,
        refreshed_at: session.refreshed_at,
        expires_at: session.refresh_expires_at,
        current: Some(session.id) == current,
        address: session.address,
    };
    let Page { data, next_cursor } = identity.sessions_of(&caller.cx, whose, page).await?;
    Ok(Reply::ok(&Page { data: data.into_iter().map(shown).collect(), next_cursor })?)
}

/// End one's other sessions
///
/// All but the one that asks.
#[utoipa::path(tag = "identity", operation_id = "end_other_sessions", security(("bearer" = [])),
    responses((status = 204, description = "They have ended"), Problems))]
#[delete("/v1/sessions")]
pub(super) async fn end_other_sessions(
    caller: Member,
    address: ClientAddress,
    identity: Identity,
) -> Result<Reply, Problem> {
    let which = Which::AllBut(caller.session());
    end(&caller, which, address, identity).await
}

/// End a session
///
/// Logs out: `current` is the session that asks.
#[utoipa::path(tag = "identity", operation_id = "end_session", security(("bearer" = [])),
    params(("session" = String, Path, description = "`ses_…`, or `current`", example = "current")),
    responses((status = 204, description = "It has ended"), Problems))]
#[delete("/v1/sessions/{session}")]
pub(super) async fn end_session(
    caller: Member,
    session: PathSegment,
    address: ClientAddress,
    identity: Identity,
) -> Result<Reply, Problem> {
    let id = match session.as_str() {
        "current" => caller.session().ok_or(crate::error::Error::SessionNotFound)?,
        id => parse_path(id)?,
    };
    end(&caller, Which::One(id), address, identity).await
}

async fn end(
    caller: &Member,
    which: Which,
    address: ClientAddress,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (whose, cx) = (person(caller)?, caller.cx.clone());
    let work = async move { Ok(identity.end_own_sessions(&cx, whose, which, address.0).await?) };
    caller.detach(work).await?;
    Ok(Reply::no_content())
}
