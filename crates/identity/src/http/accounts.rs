use actix_web::{get, patch, post};
use customer_api::CustomerId;
use garde::Validate;
use kernel::permission::{AccountsRead, AccountsWrite};
use kernel::{Timestamp, Token};
use platform::Change;
use platform::http::rules::{line, optional};
use platform::http::{
    ClientAddress, IfMatch, JsonBody, May, PathSegment, Problem, Problems, Reply, Stranger, parse_path,
};
use platform::store::{StoreError, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Identity, LONGEST_EMAIL, LONGEST_NAME, granter, is_password, is_token};
use crate::account::{Account, Status};
use crate::error::Error;
use crate::hashing::Password;
use crate::register::Registration;
use crate::staff;
use crate::store::accounts;

const LONGEST_PHONE: usize = 32;

/// An account that somebody asks for.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewAccount {
    #[garde(email, custom(line(1, LONGEST_EMAIL)))]
    #[schema(format = "email", max_length = 254, examples("alice@example.com"))]
    email: String,
    #[garde(custom(line(1, LONGEST_NAME)))]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$", examples("Alice"))]
    name: String,
    #[garde(custom(optional(line(1, LONGEST_PHONE))))]
    #[schema(min_length = 1, max_length = 32, pattern = r"^[^\x00-\x1F\x7F-\x9F]*$")]
    phone: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountRequested {
    /// `confirmation_sent`, whether or not there is an account with this email: the mail says which.
    status: &'static str,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewConfirmation {
    /// From the mail.
    #[garde(custom(is_token))]
    #[schema(value_type = String, format = "password", min_length = 1, max_length = 128)]
    token: Token,
    /// Hard to guess: 8 characters or more.
    #[garde(custom(is_password))]
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128, examples("correct horse battery"))]
    password: Password,
}

#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AccountConfirmed {
    customer_id: CustomerId,
}

/// Whether a customer can log in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerAccount)]
pub(super) struct ShownAccount {
    customer_id: CustomerId,
    /// What the customer logs in with.
    email: String,
    status: Status,
    version: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountPatch {
    /// Who is disabled has no sessions, and can open none.
    #[garde(skip)]
    status: Status,
}

impl From<&Account> for ShownAccount {
    fn from(account: &Account) -> ShownAccount {
        ShownAccount {
            customer_id: CustomerId::from_uuid(account.id),
            email: account.email.clone(),
            status: account.status,
            version: account.version,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

/// Register
///
/// Asks for an account. A mail goes out whose token makes it, or which says that there is one already; the reply is the same.
#[utoipa::path(tag = "identity", operation_id = "register_account", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = NewAccount,
    responses((status = 202, description = "A mail is on its way", body = AccountRequested), Problems))]
#[post("/v1/accounts")]
pub(super) async fn register(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<NewAccount>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let NewAccount { email, name, phone } = request.0;
    let asked = Registration { email, name, phone, address: address.0 };
    let cx = stranger.cx.clone();
    stranger.detach(async move { Ok(identity.register(&cx, asked).await?) }).await?;
    Ok(Reply::accepted(&AccountRequested { status: "confirmation_sent" })?)
}

/// Confirm an account
///
/// Makes the account that was asked for, and its customer; a customer who has this email already gets it. Whoever reads the mail
/// chooses the password; one that is soon guessed is refused: 422, `weak-password`. The token is good once, for half an hour: 422
/// `token-invalid` otherwise.
#[utoipa::path(tag = "identity", operation_id = "confirm_account", security(()), params(("Idempotency-Key" = Option<String>, Header, description = "Not used here: tokens are kept nowhere")),
    request_body = NewConfirmation,
    responses((status = 201, description = "The account is there", body = AccountConfirmed), Problems))]
#[post("/v1/accounts/confirmation")]
pub(super) async fn confirm(
    stranger: Stranger,
    address: ClientAddress,
    request: JsonBody<NewConfirmation>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (cx, NewConfirmation { token, password }) = (stranger.cx.clone(), request.0);
    let work = async move { Ok(identity.confirm(&cx, &token.0, password, address.0).await?) };
    let customer_id = stranger.detach(work).await?;
    Ok(Reply::created(&AccountConfirmed { customer_id })?.at(format!("/v1/customers/{customer_id}")))
}

/// Show a customer's account
#[utoipa::path(tag = "identity", operation_id = "get_customer_account", security(("bearer" = ["accounts:read"])),
    params(("customer" = CustomerId, Path)),
    responses((status = 200, description = "The account", body = ShownAccount, headers(("ETag" = String))), Problems))]
#[get("/v1/customers/{customer}/account")]
pub(super) async fn get_account(
    caller: May<AccountsRead>,
    customer: PathSegment,
    identity: Identity,
) -> Result<Reply, Problem> {
    let account = identity.customer_account(&caller.cx, parse_path(&customer)?).await?;
    Ok(shown(&account)?)
}

/// Disable or enable a customer's account
///
/// Who is disabled is logged out everywhere at once.
#[utoipa::path(tag = "identity", operation_id = "update_customer_account", security(("bearer" = ["accounts:write"])),
    params(("customer" = CustomerId, Path), ("If-Match" = Option<String>, Header, description = "The ETag that was read")),
    request_body = AccountPatch,
    responses((status = 200, description = "The account after the change", body = ShownAccount, headers(("ETag" = String))), Problems))]
#[patch("/v1/customers/{customer}/account")]
pub(super) async fn update_account(
    caller: May<AccountsWrite>,
    customer: PathSegment,
    expected: IfMatch,
    address: ClientAddress,
    request: JsonBody<AccountPatch>,
    identity: Identity,
) -> Result<Reply, Problem> {
    let (id, cx): (CustomerId, _) = (parse_path(&customer)?, caller.cx.clone());
    let (by, status) = (granter(&caller, address), request.0.status);
    let work = async move {
        identity.customer_account(&cx, id).await?;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            let mut account = accounts::lock(tx, id.uuid())?.ok_or(Error::AccountNotFound(id))?;
            expected.check(account.version).map_err(|_| Error::Stale(account.version))?;
            if account.status != status {
                account.status = status;
                staff::save(tx, change, &by, &mut account, &["status"])?;
            }
            Ok::<_, Error>(account)
        };
        let reply = identity.foundation.answer(&cx, "identity.update_account", None, work, shown).await?;
        identity.bearers.forget_principal(&kernel::Principal::Customer(id.uuid()));
        Ok(reply)
    };
    caller.detach(work).await
}

fn shown(account: &Account) -> Result<Reply, StoreError> {
    Ok(Reply::ok(&ShownAccount::from(account))?.tagged(account.version))
}
