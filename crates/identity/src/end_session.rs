//! Ending sessions before their time: one, those of an account but one, or all of them.

use std::net::IpAddr;

use identity_api::{SessionEnd, SessionEvent, SessionId};
use kernel::CallCtx;
use platform::Change;
use platform::store::Tx;
use serde_json::json;
use uuid::Uuid;

use crate::account::Account;
use crate::audit::{self, Act};
use crate::error::Error;
use crate::module::IdentityModule;
use crate::store::{accounts, sessions};

/// Which of somebody's sessions are to end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    One(SessionId),
    AllBut(Option<SessionId>),
}

impl IdentityModule {
    /// Ends sessions of the one who asks.
    pub(crate) async fn end_own_sessions(
        &self,
        cx: &CallCtx,
        whose: Uuid,
        which: Which,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let work = move |tx: &mut Tx<'_>, change: &Change| end_own(tx, change, whose, which, address);
        let ended = self.foundation.write(cx, "identity.end_sessions", work).await?;
        ended.iter().for_each(|id| self.bearers.forget(id.uuid()));
        Ok(())
    }
}

fn end_own(
    tx: &mut Tx<'_>,
    change: &Change,
    whose: Uuid,
    which: Which,
    address: Option<IpAddr>,
) -> Result<Vec<SessionId>, Error> {
    let account = accounts::find(tx, whose)?.ok_or(Error::SessionNotFound)?;
    match which {
        Which::One(id) => {
            let own = sessions::lock(tx, id)?.filter(|session| session.principal_id == whose);
            own.ok_or(Error::SessionNotFound)?;
            end(tx, change, &account, &[id], SessionEnd::LoggedOut, address)?;
            Ok(vec![id])
        }
        Which::AllBut(kept) => end_all(tx, change, &account, kept, SessionEnd::Revoked, address),
    }
}

/// Ends all sessions of an account but one, if one is to stay.
pub(crate) fn end_all(
    tx: &mut Tx<'_>,
    change: &Change,
    account: &Account,
    kept: Option<SessionId>,
    reason: SessionEnd,
    address: Option<IpAddr>,
) -> Result<Vec<SessionId>, Error> {
    let mut ids = sessions::lock_all_of(tx, account.id)?;
    ids.retain(|id| Some(*id) != kept);
    end(tx, change, account, &ids, reason, address)?;
    Ok(ids)
}

/// Ends sessions that the transaction has locked.
pub(crate) fn end(
    tx: &mut Tx<'_>,
    change: &Change,
    account: &Account,
    ids: &[SessionId],
    reason: SessionEnd,
    address: Option<IpAddr>,
) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    sessions::remove(tx, ids)?;
    let principal = account.principal();
    for &session_id in ids {
        let event = SessionEvent::Ended { session_id, principal: principal.clone(), reason };
        change.append(tx, &session_id, 1, &event)?;
    }
    let ended: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let detail = json!({"reason": reason.name(), "sessions": ended});
    let act = Act { action: "session.ended", target: principal.to_string(), detail, actor: None, address };
    Ok(audit::note(tx, change, act)?)
}
