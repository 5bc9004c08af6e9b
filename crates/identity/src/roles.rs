//! Making, changing and removing roles.

use identity_api::RoleEvent;
use kernel::{Event, Permissions};
use platform::Change;
use platform::http::IfMatch;
use platform::store::{StoreError, Tx};
use serde_json::{Value, json};

use crate::audit::{self, Act};
use crate::error::Error;
use crate::role::{Role, within};
use crate::staff::Granter;
use crate::store::roles;

/// What is to change of a role. What is left out stays.
#[derive(Clone, Debug, Default)]
pub(crate) struct RolePatch {
    pub title: Option<String>,
    pub permissions: Option<Permissions>,
}

pub(crate) fn create(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    (code, title, permissions): (&str, &str, Permissions),
) -> Result<Role, Error> {
    within(permissions, granter.permissions)?;
    let role = Role::new(code, title, permissions, change.now);
    roles::insert(tx, &role).map_err(|error| match error {
        StoreError::Duplicate(_) => Error::RoleTaken(code.to_owned()),
        other => other.into(),
    })?;
    told(tx, change, granter, &role, &RoleEvent::Created { code: role.code.clone() })?;
    Ok(role)
}

pub(crate) fn update(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    code: &str,
    expected: &IfMatch,
    patch: &RolePatch,
) -> Result<Role, Error> {
    let mut role = locked(tx, granter, code, expected)?;
    let mut changed = Vec::new();
    if let Some(title) = patch.title.as_ref().filter(|title| **title != role.title) {
        role.title.clone_from(title);
        changed.push("title".to_owned());
    }
    if let Some(permissions) = patch.permissions.filter(|allows| *allows != role.permissions) {
        within(permissions, granter.permissions)?;
        role.permissions = permissions;
        changed.push("permissions".to_owned());
    }
    if changed.is_empty() {
        return Ok(role);
    }
    role.version = role.version.saturating_add(1);
    role.updated_at = change.now;
    roles::save(tx, &role)?;
    told(tx, change, granter, &role, &RoleEvent::Updated { code: role.code.clone(), changed })?;
    Ok(role)
}

pub(crate) fn remove(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    code: &str,
    expected: &IfMatch,
) -> Result<(), Error> {
    let mut role = locked(tx, granter, code, expected)?;
    if roles::is_granted(tx, code)? {
        return Err(Error::RoleInUse(code.to_owned()));
    }
    roles::remove(tx, code)?;
    role.version = role.version.saturating_add(1);
    told(tx, change, granter, &role, &RoleEvent::Removed { code: role.code.clone() })
}

/// A role that is about to change. Nobody changes one that allows what they may not themselves.
fn locked(tx: &mut Tx<'_>, granter: &Granter, code: &str, expected: &IfMatch) -> Result<Role, Error> {
    let role = roles::lock(tx, code)?.ok_or_else(|| Error::RoleNotFound(code.to_owned()))?;
    expected.check(role.version).map_err(|_| Error::Stale(role.version))?;
    if role.builtin {
        return Err(Error::RoleBuiltin);
    }
    within(role.permissions, granter.permissions)?;
    Ok(role)
}

fn told(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    role: &Role,
    event: &RoleEvent,
) -> Result<(), Error> {
    // Another role may have had this code before.
    let aggregate = format!("{}:{}", role.code, role.created_at.micros());
    change.append(tx, &aggregate, role.version, event)?;
    let detail: Value = json!({"title": role.title, "permissions": role.permissions});
    let (action, target) = (event.event_type(), role.code.clone());
    Ok(audit::note(tx, change, Act { action, target, detail, actor: None, address: granter.address })?)
}
