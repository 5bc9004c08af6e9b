//! REST rows: registering, logging in, sessions, passwords; staff, roles and API keys; the audit log.

mod accounts;
mod keys;
mod me;
mod passwords;
mod roles;
mod sessions;
mod staff;

use actix_web::web;
use garde::Error;
use identity_api::PrincipalKind;
use kernel::{Permissions, Principal, Token};
use platform::http::rules::line;
use platform::http::{Caller, ClientAddress, Problem};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use crate::error::Error as Refusal;
use crate::hashing::Password;
use crate::module::IdentityModule;
use crate::password::LONGEST;
use crate::staff::Granter;

const LONGEST_EMAIL: usize = 254;
const LONGEST_NAME: usize = 200;

type Identity = web::Data<IdentityModule>;

pub(crate) fn routes(module: &IdentityModule, config: &mut ServiceConfig<'_>) {
    config
        .app_data(web::Data::new(module.clone()))
        .service(accounts::register)
        .service(accounts::confirm)
        .service(accounts::get_account)
        .service(accounts::update_account)
        .service(sessions::log_in)
        .service(sessions::refresh_session)
        .service(sessions::list_sessions)
        .service(sessions::end_other_sessions)
        .service(sessions::end_session)
        .service(me::get_me)
        .service(me::list_permissions)
        .service(passwords::change_password)
        .service(passwords::request_password_reset)
        .service(passwords::complete_password_reset);
    config
        .service(staff::list_staff)
        .service(staff::add_staff)
        .service(staff::get_staff)
        .service(staff::update_staff)
        .service(roles::list_roles)
        .service(roles::create_role)
        .service(roles::get_role)
        .service(roles::update_role)
        .service(roles::remove_role)
        .service(keys::list_api_keys)
        .service(keys::create_api_key)
        .service(keys::get_api_key)
        .service(keys::revoke_api_key)
        .service(me::list_audit_log);
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageParams {
    /// Rows on a page.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// As what somebody logs in.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AccountKind)]
enum AccountKind {
    #[default]
    Customer,
    Staff,
}

impl From<AccountKind> for PrincipalKind {
    fn from(kind: AccountKind) -> PrincipalKind {
        match kind {
            AccountKind::Customer => PrincipalKind::Customer,
            AccountKind::Staff => PrincipalKind::Staff,
        }
    }
}

/// A word to be compared: any, as long as it can be one.
fn is_password(password: &Password, (): &()) -> garde::Result {
    if password.0.is_empty() || password.0.chars().count() > LONGEST {
        return Err(Error::new(format_args!("must be 1 to {LONGEST} characters")));
    }
    Ok(())
}

/// A credential, before it is looked at.
fn is_token(token: &Token, cx: &()) -> garde::Result {
    line(1, LONGEST)(&token.0, cx)
}

/// Who has an account: customers and staff.
fn person(caller: &Caller) -> Result<Uuid, Problem> {
    match &caller.cx.principal {
        Principal::Customer(id) => Ok(*id),
        Principal::Staff(id) => Ok(id.uuid()),
        Principal::Anonymous | Principal::Admin | Principal::System(_) | Principal::Machine(_) => {
            Err(Refusal::NoPassword.into())
        }
    }
}

/// What somebody may give to others: what they have.
fn granter(caller: &Caller, address: ClientAddress) -> Granter {
    let permissions: Permissions = caller.permissions();
    Granter { permissions, address: address.0 }
}
