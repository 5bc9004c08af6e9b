//! New passwords: for one who knows the old one, and for one whom a letter has reached.

use std::net::IpAddr;

use identity_api::{Credential, LetterKind, PrincipalEvent, PrincipalKind, Purpose, SessionEnd, SessionId};
use kernel::CallCtx;
use platform::Change;
use platform::store::Tx;
use serde_json::json;
use uuid::Uuid;

use crate::account::Account;
use crate::audit::{self, Act};
use crate::end_session;
use crate::error::Error;
use crate::hashing::{Password, Phc};
use crate::letter::Letter;
use crate::log_in::Attempt;
use crate::module::IdentityModule;
use crate::password;
use crate::store::{accounts, attempts, letters};
use crate::throttle::Limits;

/// A change of one's own password.
#[derive(Debug)]
pub(crate) struct NewPassword {
    pub current: Password,
    pub new: Password,
    /// The session from which it is changed, which goes on.
    pub session: Option<SessionId>,
    pub address: Option<IpAddr>,
}

impl IdentityModule {
    pub(crate) async fn change_password(
        &self,
        cx: &CallCtx,
        whose: Uuid,
        change: NewPassword,
    ) -> Result<(), Error> {
        let account = self.account(cx, whose).await?.ok_or(Error::NoPassword)?;
        password::admit(&change.new, "/new_password", &known_of(&account))?;
        let attempt = Attempt {
            kind: account.kind,
            email: account.email,
            password: change.current,
            address: change.address,
        };
        let tried = self.try_password(cx, &attempt).await.map_err(|error| match error {
            Error::InvalidCredentials => Error::WrongPassword,
            other => other,
        });
        let (account, limits) = tried?;
        let hashed = self.hasher.place()?.hash(change.new).await?;
        let (kept, address) = (change.session, change.address);
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            let now = accounts::lock(tx, account.id)?.filter(|now| now.version == account.version);
            let account = now.ok_or(Error::WrongPassword)?;
            attempts::forgive(tx, &limits, change.now)?;
            set(tx, change, account, &hashed, Set { kept, address, action: "password.changed" })
        };
        self.foundation.write(cx, "identity.change_password", work).await?;
        self.bearers.forget_principal(&cx.principal);
        Ok(())
    }

    /// By the token of a letter, which is good once.
    pub(crate) async fn reset_password(
        &self,
        cx: &CallCtx,
        token: &str,
        new: Password,
        address: Option<IpAddr>,
    ) -> Result<(), Error> {
        let shown: Credential<LetterKind> = token.parse().map_err(|_| Error::TokenInvalid)?;
        // Guesses of 256 bits are not worth hashing a password for.
        let (letter, account) = self.proven(cx, &shown).await?;
        password::admit(&new, "/password", &known_of(&account))?;
        let hashed = self.hasher.place()?.hash(new).await?;
        let principal = account.principal();
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            // The account before its letters, as whoever sets its password takes them away.
            let account = accounts::lock(tx, account.id)?.filter(Account::is_active);
            let account = account.ok_or(Error::TokenInvalid)?;
            let letter = letters::lock(tx, letter.id)?.filter(|now| now.is_proven(&shown.digest, change.now));
            letter.ok_or(Error::TokenInvalid)?;
            // Who can read the mail is the owner, whoever guessed before.
            attempts::forgive(tx, &Limits::of_guesses(account.kind, &account.email, None), change.now)?;
            set(tx, change, account, &hashed, Set { kept: None, address, action: "password.reset" })
        };
        self.foundation.write(cx, "identity.reset_password", work).await?;
        self.bearers.forget_principal(&principal);
        Ok(())
    }

    /// The letter that a token is of, and the account whose password it may set.
    async fn proven(&self, cx: &CallCtx, shown: &Credential<LetterKind>) -> Result<(Letter, Account), Error> {
        let (now, id, digest) = (self.foundation.clock.now(), shown.id, shown.digest);
        self.foundation
            .store
            .read(cx, move |db| {
                let letter = letters::find(db, id)?.filter(|letter| letter.is_proven(&digest, now));
                let letter = letter.ok_or(Error::TokenInvalid)?;
                let sets = matches!(letter.purpose, Purpose::PasswordReset | Purpose::Invitation);
                let whose = letter.principal_id.filter(|_| sets).ok_or(Error::TokenInvalid)?;
                let account = accounts::find(db, whose)?.filter(Account::is_active);
                Ok((letter, account.ok_or(Error::TokenInvalid)?))
            })
            .await
    }
}

/// What goes along with a new password.
struct Set {
    kept: Option<SessionId>,
    address: Option<IpAddr>,
    action: &'static str,
}

/// Whoever had the old password has nothing any more: letters are worthless, and all sessions end but the one that is kept.
fn set(
    tx: &mut Tx<'_>,
    change: &Change,
    mut account: Account,
    hashed: &Phc,
    Set { kept, address, action }: Set,
) -> Result<(), Error> {
    account.password = Some(hashed.clone());
    account.touch(change.now);
    accounts::save(tx, &account)?;
    letters::remove_of(tx, account.id)?;
    let principal = account.principal();
    let event =
        PrincipalEvent::Updated { principal: principal.clone(), changed: vec!["password".to_owned()] };
    change.append(tx, &principal, account.version, &event)?;
    end_session::end_all(tx, change, &account, kept, SessionEnd::Revoked, address)?;
    let (target, actor) = (principal.to_string(), Some(principal));
    Ok(audit::note(tx, change, Act { action, target, detail: json!({}), actor, address })?)
}

fn known_of(account: &Account) -> Vec<&str> {
    [Some(account.email.as_str()), account.name.as_deref()].into_iter().flatten().collect()
}

/// Asks for a letter by which somebody can choose a new password. Nobody is told whether there is an account.
pub(crate) struct ResetRequest {
    pub kind: PrincipalKind,
    pub email: String,
    pub address: Option<IpAddr>,
}
