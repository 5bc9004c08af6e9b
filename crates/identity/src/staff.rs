//! Who works here: taking somebody on, and changing what they may.

use std::net::IpAddr;

use identity_api::{PrincipalEvent, Purpose, SessionEnd, StaffId};
use kernel::{Permissions, Principal, Timestamp};
use platform::Change;
use platform::http::IfMatch;
use platform::store::{StoreError, Tx};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::account::{Account, Status};
use crate::audit::{self, Act};
use crate::end_session;
use crate::error::Error;
use crate::hashing::Phc;
use crate::request_letter;
use crate::role::{OWNER, Role, allowed, within};
use crate::store::{accounts, letters, roles};

/// Somebody who works here.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Staff {
    pub id: StaffId,
    pub email: String,
    pub name: String,
    pub status: Status,
    /// Codes of roles.
    pub roles: Vec<String>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Who changes something, and what they may themselves.
#[derive(Clone, Debug)]
pub(crate) struct Granter {
    pub permissions: Permissions,
    pub address: Option<IpAddr>,
}

/// Somebody to be taken on.
#[derive(Clone, Debug)]
pub(crate) struct NewStaff {
    pub email: String,
    pub name: String,
    pub roles: Vec<String>,
    /// Without one, a letter invites them to choose it.
    pub password: Option<Phc>,
}

/// What is to change of somebody who works here. What is left out stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct StaffPatch {
    pub name: Option<String>,
    pub status: Option<Status>,
    pub roles: Option<Vec<String>>,
}

impl Staff {
    pub(crate) fn of(account: Account, roles: &[Role]) -> Staff {
        Staff {
            id: StaffId::from_uuid(account.id),
            email: account.email,
            name: account.name.unwrap_or_default(),
            status: account.status,
            roles: roles.iter().map(|role| role.code.clone()).collect(),
            version: account.version,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

pub(crate) fn add(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    new: &NewStaff,
) -> Result<Staff, Error> {
    let given = given(tx, granter, &new.roles)?;
    let id: StaffId = change.ids.next(change.now);
    let (email, name) = (new.email.clone(), new.name.clone());
    let account = Account::of_staff(id, email, name, new.password.clone(), change.now);
    accounts::insert(tx, &account).map_err(|error| match error {
        StoreError::Duplicate(_) => Error::StaffEmailTaken,
        other => other.into(),
    })?;
    roles::grant(tx, account.id, &codes(&given))?;
    let principal = account.principal();
    let event = PrincipalEvent::Created { principal: principal.clone(), kind: account.kind };
    change.append(tx, &principal, account.version, &event)?;
    note(tx, change, granter, "staff.added", &principal, json!({"roles": codes(&given)}))?;
    if account.password.is_none() {
        let letter =
            request_letter::to_account(change, Purpose::Invitation, account.id, account.email.clone());
        request_letter::send(tx, change, &letter)?;
    }
    Ok(Staff::of(account, &given))
}

pub(crate) fn update(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    id: StaffId,
    expected: &IfMatch,
    patch: &StaffPatch,
) -> Result<Staff, Error> {
    // Who stops being an owner waits for the others who do.
    roles::lock(tx, OWNER)?;
    let account = accounts::lock(tx, id.uuid())?;
    let account = account.filter(|account| matches!(account.principal(), Principal::Staff(_)));
    let mut account = account.ok_or(Error::StaffNotFound(id))?;
    expected.check(account.version).map_err(|_| Error::Stale(account.version))?;
    let held = roles::granted_to(tx, account.id)?;
    within(allowed(&held), granter.permissions)?;
    let after = match &patch.roles {
        Some(codes) => given(tx, granter, codes)?,
        None => held.clone(),
    };
    let was_owner = is_owner(&held) && account.is_active();
    let mut changed = Vec::new();
    if let Some(name) = patch.name.as_ref().filter(|name| account.name.as_ref() != Some(name)) {
        account.name = Some(name.clone());
        changed.push("name");
    }
    if let Some(status) = patch.status.filter(|status| account.status != *status) {
        account.status = status;
        changed.push("status");
    }
    if codes(&after) != codes(&held) {
        roles::grant(tx, account.id, &codes(&after))?;
        changed.push("roles");
    }
    if changed.is_empty() {
        return Ok(Staff::of(account, &held));
    }
    let is_owner = is_owner(&after) && account.is_active();
    if was_owner && !is_owner && !roles::has_another_owner(tx, account.id)? {
        return Err(Error::LastOwner);
    }
    save(tx, change, granter, &mut account, &changed)?;
    Ok(Staff::of(account, &after))
}

/// Saves an account of which something has changed. Who is disabled has no sessions any more, and no letter that opens one.
pub(crate) fn save(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    account: &mut Account,
    changed: &[&str],
) -> Result<(), Error> {
    account.touch(change.now);
    accounts::save(tx, account)?;
    let (principal, changed) = (account.principal(), changed.iter().map(|&name| name.to_owned()).collect());
    let event = PrincipalEvent::Updated { principal: principal.clone(), changed };
    change.append(tx, &principal, account.version, &event)?;
    if !account.is_active() {
        letters::remove_of(tx, account.id)?;
        end_session::end_all(tx, change, account, None, SessionEnd::Disabled, granter.address)?;
    }
    let roles = roles::granted_to(tx, account.id)?;
    let detail = json!({"status": account.status, "roles": codes(&roles)});
    note(tx, change, granter, "account.changed", &principal, detail)
}

/// The roles of these codes, if there are all of them and none allows what who gives them may not.
fn given(tx: &mut Tx<'_>, granter: &Granter, wanted: &[String]) -> Result<Vec<Role>, Error> {
    // First of all roles, as wherever somebody may stop being an owner.
    roles::lock(tx, OWNER)?;
    let found = roles::lock_all(tx, wanted)?;
    if let Some(unknown) = wanted.iter().find(|code| found.iter().all(|role| role.code != **code)) {
        return Err(Error::UnknownRole(unknown.clone()));
    }
    within(allowed(&found), granter.permissions)?;
    Ok(found)
}

fn is_owner(roles: &[Role]) -> bool {
    roles.iter().any(|role| role.code == OWNER)
}

fn codes(roles: &[Role]) -> Vec<String> {
    roles.iter().map(|role| role.code.clone()).collect()
}

fn note(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    action: &'static str,
    whom: &Principal,
    detail: serde_json::Value,
) -> Result<(), Error> {
    let act = Act { action, target: whom.to_string(), detail, actor: None, address: granter.address };
    Ok(audit::note(tx, change, act)?)
}
