//! Refreshing a session: both its tokens are exchanged for new ones. A refresh token that comes back ends the session.

use std::net::IpAddr;

use identity_api::{Credential, RefreshKind, SessionEnd, SessionId};
use kernel::CallCtx;
use platform::Change;
use platform::store::Tx;

use crate::end_session;
use crate::error::Error;
use crate::log_in::{Opened, Tokens, opened};
use crate::module::IdentityModule;
use crate::session::Refresh;
use crate::store::{accounts, sessions};

impl IdentityModule {
    pub(crate) async fn refresh(
        &self,
        cx: &CallCtx,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Opened, Error> {
        let shown: Credential<RefreshKind> = token.parse().map_err(|_| Error::InvalidCredentials)?;
        let id = SessionId::from_uuid(shown.id.uuid());
        let tokens = Tokens::new()?;
        let work = move |tx: &mut Tx<'_>, change: &Change| refresh(tx, change, id, &shown, &tokens, address);
        let refreshed = self.foundation.write(cx, "identity.refresh", work).await?;
        // The access token before it is void now, whoever remembers it.
        self.bearers.forget(id.uuid());
        refreshed.ok_or(Error::InvalidCredentials)
    }
}

/// `None` if the token is not to be believed: an error would take back that the session has ended.
fn refresh(
    tx: &mut Tx<'_>,
    change: &Change,
    id: SessionId,
    shown: &Credential<RefreshKind>,
    tokens: &Tokens,
    address: Option<IpAddr>,
) -> Result<Option<Opened>, Error> {
    let Some(mut session) = sessions::lock(tx, id)? else { return Ok(None) };
    let account = accounts::find(tx, session.principal_id)?.filter(|account| account.is_active());
    let Some(account) = account else { return Ok(None) };
    let spent_at = sessions::spent_at(tx, id, &shown.digest)?;
    match session.judge(&shown.digest, spent_at, change.now) {
        Refresh::Unknown => return Ok(None),
        Refresh::Reused => {
            end_session::end(tx, change, &account, &[id], SessionEnd::Reused, address)?;
            return Ok(None);
        }
        Refresh::Good => {}
    }
    sessions::spend(tx, id, &session.refresh, change.now)?;
    let (shown, kept) = tokens.of(id);
    session.rotate(account.kind, kept, change.now);
    sessions::save(tx, &session)?;
    opened(tx, &session, &account, shown).map(Some)
}
