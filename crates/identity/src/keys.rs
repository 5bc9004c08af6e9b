//! Making and revoking API keys.

use identity_api::{ApiKeyEvent, ApiKeyId, Secret, issue};
use kernel::{Event, Permissions, Timestamp, Token};
use platform::Change;
use platform::http::IfMatch;
use platform::store::Tx;
use serde_json::json;

use crate::api_key::ApiKey;
use crate::audit::{self, Act};
use crate::error::Error;
use crate::role::within;
use crate::staff::Granter;
use crate::store::keys;

/// A key to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewKey {
    pub name: String,
    pub scopes: Permissions,
    pub expires_at: Option<Timestamp>,
}

/// The key, and the credential that nobody will see again.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    new: &NewKey,
    secret: Secret,
) -> Result<(ApiKey, Token), Error> {
    within(new.scopes, granter.permissions)?;
    let id: ApiKeyId = change.ids.next(change.now);
    let (token, digest) = issue(id, secret);
    let key = ApiKey {
        id,
        name: new.name.clone(),
        scopes: new.scopes,
        created_by: change.cx.principal.to_string(),
        created_at: change.now,
        expires_at: new.expires_at,
        revoked_at: None,
        version: 1,
    };
    keys::insert(tx, &key, &digest)?;
    told(tx, change, granter, &key, &ApiKeyEvent::Created { api_key_id: id })?;
    Ok((key, token))
}

/// A key that is revoked stays so. Nobody revokes one that may more than they do.
pub(crate) fn revoke(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    id: ApiKeyId,
    expected: &IfMatch,
) -> Result<(), Error> {
    let mut key = keys::lock(tx, id)?.ok_or(Error::ApiKeyNotFound(id))?;
    expected.check(key.version).map_err(|_| Error::Stale(key.version))?;
    within(key.scopes, granter.permissions)?;
    if key.revoked_at.is_some() {
        return Ok(());
    }
    key.revoked_at = Some(change.now);
    key.version = key.version.saturating_add(1);
    keys::save(tx, &key)?;
    told(tx, change, granter, &key, &ApiKeyEvent::Revoked { api_key_id: id })
}

fn told(
    tx: &mut Tx<'_>,
    change: &Change,
    granter: &Granter,
    key: &ApiKey,
    event: &ApiKeyEvent,
) -> Result<(), Error> {
    change.append(tx, &key.id, key.version, event)?;
    let detail = json!({"name": key.name, "scopes": key.scopes, "expires_at": key.expires_at});
    let (action, target) = (event.event_type(), key.id.to_string());
    Ok(audit::note(tx, change, Act { action, target, detail, actor: None, address: granter.address })?)
}
