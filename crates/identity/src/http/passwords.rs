use actix_web::{post, put};
use garde::Validate;
use kernel::Token;
use platform::http::rules::line;
use platform::http::{ClientAddress, JsonBody, Member, Problem, Problems, Reply, Stranger};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{AccountKind, Identity, LONGEST_EMAIL, is_password, is_token, person};
use crate::hashing::Password;
use crate::set_password::{NewPassword, ResetRequest};

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordChange {
    #[garde(custom(is_password))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128)]
    current_password: Password,
    /// Hard to guess: 8 characters or more.
    #[garde(custom(is_password))]
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    new_password: Password,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPasswordReset {
    #[garde(email, custom(line(1, LONGEST_EMAIL)))]
    #[schema(format = "email", max_length = 254, examples("alice@example.com"))]
    email: String,
    #[garde(skip)]
    #[serde(default)]
    kind: AccountKind,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PasswordResetRequested {
    /// `sent_if_there_is_an_account`
    status: &'static str,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordResetCompletion {
    /// From the mail.
    #[garde(custom(is_token))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128)]
    token: Token,
    /// Hard to guess: 8 characters or more.
    #[garde(custom(is_password))]
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128)]
    password: Password,
}

/// Change one's password
///
/// All other sessions end. A wrong current password is 403 `wrong-password`, and counts as an attempt to log in.
#[utoipa::path(tag = "identity", operation_id = "change_password", security(("bearer" = [])), request_body = PasswordChange,
    responses((status = 204, description = "It is changed"), Problems))]
#[put("/v1/password")]
pub(super) async fn change_password(
    caller: Member,
    address: ClientAddress,
    request: JsonBody<PasswordChange>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (whose, cx) = (person(&caller)?, caller.cx.clone());
    let PasswordChange { current_password: current, new_password: new } = request.0;
    let change = NewPassword { current, new, session: caller.session(), address: address.0 };
    caller.detach(async move { Ok(identity.change_password(&cx, whose, change).await?) }).await?;
    Ok(Reply::no_content())
}

/// Ask for a new password
///
/// A mail goes out, if there is an account with this email; the reply is the same if there is none.
#[utoipa::path(tag = "identity", operation_id = "request_password_reset", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = NewPasswordReset,
    responses((status = 202, description = "A mail is on its way, if there is an account", body = PasswordResetRequested), Problems))]
#[post("/v1/password-resets")]
pub(super) async fn request_password_reset(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<NewPasswordReset>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let NewPasswordReset { email, kind } = request.0;
    let (cx, asked) = (stranger.cx.clone(), ResetRequest { kind: kind.into(), email, address: address.0 });
    stranger.detach(async move { Ok(identity.request_reset(&cx, asked).await?) }).await?;
    Ok(Reply::accepted(&PasswordResetRequested { status: "sent_if_there_is_an_account" })?)
}

/// Choose a new password
///
/// By the token of a mail, which is good once, for half an hour, or for three days if it is an invitation: 422 `token-invalid`
/// otherwise. All sessions end.
#[utoipa::path(tag = "identity", operation_id = "complete_password_reset", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = PasswordResetCompletion,
    responses((status = 204, description = "It is changed"), Problems))]
#[post("/v1/password-resets/completion")]
pub(super) async fn complete_password_reset(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<PasswordResetCompletion>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let PasswordResetCompletion { token, password } = request.0;
    let cx = stranger.cx.clone();
    let work = async move { Ok(identity.reset_password(&cx, &token.0, password, address.0).await?) };
    stranger.detach(work).await?;
    Ok(Reply::no_content())
}
