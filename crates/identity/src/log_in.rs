//! Logging in: an attempt is counted before the password is looked at, and every refusal looks and takes the same.

use std::net::IpAddr;

use identity_api::{Digest, PrincipalKind, RefreshId, SessionId, issue};
use kernel::{CallCtx, Permissions, Principal, Timestamp, Token};
use platform::Change;
use platform::store::{Db, Tx};
use serde_json::json;

use crate::account::Account;
use crate::audit::{self, Act};
use crate::error::Error;
use crate::hashing::Password;
use crate::module::IdentityModule;
use crate::random;
use crate::role;
use crate::session::Session;
use crate::store::{accounts, attempts, roles, sessions};
use crate::throttle::Limits;

/// Who wants to log in, and by what.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub kind: PrincipalKind,
    pub email: String,
    pub password: Password,
    pub address: Option<IpAddr>,
}

/// A session with its tokens, as nobody but its holder will ever see it.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub id: SessionId,
    pub principal: Principal,
    pub permissions: Permissions,
    pub access: Token,
    pub access_expires_at: Timestamp,
    pub refresh: Token,
    pub refresh_expires_at: Timestamp,
}

/// The tokens of a session in the making.
pub(crate) struct Tokens {
    access: [u8; 32],
    refresh: [u8; 32],
}

impl Tokens {
    pub(crate) fn new() -> Result<Tokens, Error> {
        Ok(Tokens { access: random::bytes()?, refresh: random::bytes()? })
    }

    /// As the holder gets them, access and refresh token, and what is kept of them.
    pub(crate) fn of(&self, id: SessionId) -> ((Token, Token), (Digest, Digest)) {
        let (access, access_digest) = issue(id, self.access);
        let (refresh, refresh_digest) = issue(RefreshId::from_uuid(id.uuid()), self.refresh);
        ((access, refresh), (access_digest, refresh_digest))
    }
}

impl IdentityModule {
    pub(crate) async fn log_in(&self, cx: &CallCtx, attempt: Attempt) -> Result<Opened, Error> {
        let (account, limits) = self.try_password(cx, &attempt).await?;
        let tokens = Tokens::new()?;
        let open = move |tx: &mut Tx<'_>, change: &Change| {
            open(tx, change, &account, &limits, &tokens, attempt.address)
        };
        self.foundation.write(cx, "identity.log_in", open).await
    }

    /// The account of which this is the password. Who knows the password of a disabled account is told no more than others.
    pub(crate) async fn try_password(
        &self,
        cx: &CallCtx,
        attempt: &Attempt,
    ) -> Result<(Account, Limits), Error> {
        // Before the attempt is counted: who is turned away for want of a place has not guessed.
        let place = self.hasher.place()?;
        let limits = Limits::of_guesses(attempt.kind, &attempt.email, attempt.address);
        let (kind, email) = (attempt.kind, attempt.email.clone());
        let begin = move |tx: &mut Tx<'_>, change: &Change| {
            attempts::begin(tx, &limits, change.now)?;
            Ok::<_, Error>(accounts::find_by_email(tx, kind, &email)?)
        };
        let account = self.foundation.write(cx, "identity.attempt", begin).await?;
        let kept = account.as_ref().filter(|account| account.is_active());
        let kept = kept.and_then(|account| account.password.clone());
        let good = place.verify(attempt.password.clone(), kept).await?;
        match account {
            Some(account) if good => Ok((account, limits)),
            _ => {
                self.note_failure(cx, attempt, account.map(|account| account.principal())).await?;
                Err(Error::InvalidCredentials)
            }
        }
    }

    async fn note_failure(
        &self,
        cx: &CallCtx,
        attempt: &Attempt,
        whose: Option<Principal>,
    ) -> Result<(), Error> {
        let (kind, address) = (attempt.kind.name(), attempt.address);
        let target = whose.map_or_else(|| "nobody".to_owned(), |principal| principal.to_string());
        let note = move |tx: &mut Tx<'_>, change: &Change| {
            let detail = json!({"kind": kind});
            let act = Act { action: "login.failed", target: target.clone(), detail, actor: None, address };
            audit::note(tx, change, act).map_err(Error::from)
        };
        self.foundation.write(cx, "identity.note_failure", note).await
    }
}

/// Opens a session, if the account is still as it was when the password was compared.
fn open(
    tx: &mut Tx<'_>,
    change: &Change,
    seen: &Account,
    limits: &Limits,
    tokens: &Tokens,
    address: Option<IpAddr>,
) -> Result<Opened, Error> {
    let account = accounts::lock(tx, seen.id)?.filter(|now| now.is_active() && now.version == seen.version);
    let account = account.ok_or(Error::InvalidCredentials)?;
    attempts::forgive(tx, limits, change.now)?;
    let id: SessionId = change.ids.next(change.now);
    let (shown, kept) = tokens.of(id);
    let whose = (account.id, account.kind);
    let from = address.map(|address| address.to_string());
    let session = Session::open(id, whose, kept, from, change.now);
    sessions::insert(tx, &session)?;
    let (target, actor) = (id.to_string(), Some(account.principal()));
    audit::note(tx, change, Act { action: "session.opened", target, detail: json!({}), actor, address })?;
    opened(tx, &session, &account, shown)
}

/// What the holder of a session gets to see, when its tokens are new.
pub(crate) fn opened(
    db: &mut Db<'_>,
    session: &Session,
    account: &Account,
    (access, refresh): (Token, Token),
) -> Result<Opened, Error> {
    Ok(Opened {
        id: session.id,
        principal: account.principal(),
        permissions: permissions_of(db, account)?,
        access,
        access_expires_at: session.access_expires_at,
        refresh,
        refresh_expires_at: session.refresh_expires_at,
    })
}

/// What the roles of somebody allow together. Customers have none: what is their own needs none.
pub(crate) fn permissions_of(db: &mut Db<'_>, account: &Account) -> Result<Permissions, Error> {
    if account.kind == PrincipalKind::Customer {
        return Ok(Permissions::NONE);
    }
    Ok(role::allowed(&roles::granted_to(db, account.id)?))
}
