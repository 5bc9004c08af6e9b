//! Refreshing a session: both its tokens are exchanged for new ones. A refresh token that comes back ends the session.

use std::net::IpAddr;

use identity_api::{Credential, RefreshKind, SessionEnd, SessionId};
use kernel::CallCtx;
use platform::Change;
use platform::store::Tx;

use crate::end_session;
use crate::error::Error;
use crate::log_in::{Opened, Tokens, permissions_of};
use crate::module::IdentityModule;
use crate::session::Refresh;
use crate::store::{accounts, sessions};

/// What became of a refresh: what is decided about a session that ends is kept, and refused all the same.
enum Done {
    Refreshed(Box<Opened>),
    Ended,
    Unknown,
}

impl IdentityModule {
    pub(crate) async fn refresh(
        &self,
        cx: &CallCtx,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Opened, Error> {
        let shown: Credential<RefreshKind> = token.parse().map_err(|_| Error::InvalidCredentials)?;
        let id = SessionId::from_uuid(shown.id.uuid());
        let (tokens, foundation, cx2) = (Tokens::new()?, self.foundation.clone(), cx.clone());
        let work = move |tx: &mut Tx<'_>| refresh(tx, &foundation.change(&cx2), id, &shown, &tokens, address);
        let done = self.foundation.store.write(cx, "identity.refresh", work).await?;
        // The access token before it is void now, whoever remembers it.
        self.bearers.forget(id.uuid());
        match done {
            Done::Refreshed(opened) => Ok(*opened),
            Done::Ended | Done::Unknown => Err(Error::InvalidCredentials),
        }
    }
}

fn refresh(
    tx: &mut Tx<'_>,
    change: &Change,
    id: SessionId,
    shown: &Credential<RefreshKind>,
    tokens: &Tokens,
    address: Option<IpAddr>,
) -> Result<Done, Error> {
    let Some(mut session) = sessions::lock(tx, id)? else { return Ok(Done::Unknown) };
    let account = accounts::find(tx, session.principal_id)?.filter(|account| account.is_active());
    let Some(account) = account else { return Ok(Done::Unknown) };
    let spent_at = sessions::spent_at(tx, id, &shown.digest)?;
    match session.judge(&shown.digest, spent_at, change.now) {
        Refresh::Unknown => return Ok(Done::Unknown),
        Refresh::Reused => {
            end_session::end(tx, change, &account, &[id], SessionEnd::Reused, address)?;
            return Ok(Done::Ended);
        }
        Refresh::Good => {}
    }
    sessions::spend(tx, id, &session.refresh, change.now)?;
    let ((access, access_digest), (refresh, refresh_digest)) = tokens.of(id);
    session.rotate(account.kind, (access_digest, refresh_digest), change.now);
    sessions::save(tx, &session)?;
    Ok(Done::Refreshed(Box::new(Opened {
        id,
        principal: account.principal(),
        permissions: permissions_of(tx, &account)?,
        access,
        access_expires_at: session.access_expires_at,
        refresh,
        refresh_expires_at: session.refresh_expires_at,
    })))
}
