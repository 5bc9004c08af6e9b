//! Asking for letters, and writing them. A letter is asked for in one transaction with what it is about, told by an event, and
//! written when somebody sends it: so its secret is nowhere but in the mail.

use identity_api::{LetterEvent, LetterId, Purpose, WriteLetter, issue};
use kernel::{CallCtx, Token};
use platform::Change;
use platform::store::Tx;

use crate::error::Error;
use crate::letter::{Letter, WAITS, lasts};
use crate::module::IdentityModule;
use crate::random;
use crate::set_password::ResetRequest;
use crate::store::{accounts, attempts, letters};
use crate::throttle::Limits;

impl IdentityModule {
    /// Asks for a letter by which somebody can choose a new password, if there is such an account.
    pub(crate) async fn request_reset(&self, cx: &CallCtx, asked: ResetRequest) -> Result<(), Error> {
        let ResetRequest { kind, email, address } = asked;
        let work = move |tx: &mut Tx<'_>, change: &Change| {
            let limits = Limits::of_letters(Purpose::PasswordReset, kind, &email, address);
            let account = accounts::find_by_email(tx, kind, &email)?;
            match account.filter(|account| account.is_active()) {
                Some(account) => {
                    let letter = to_account(change, Purpose::PasswordReset, account.id, account.email);
                    request(tx, change, &letter, &limits)
                }
                None => count(tx, change, &limits).map(drop),
            }
        };
        self.foundation.write(cx, "identity.request_reset", work).await
    }

    /// What a letter must say. Its secret replaces the one before, and is kept nowhere: not under a key either.
    pub(crate) async fn write_letter(
        &self,
        cx: &CallCtx,
        WriteLetter { id }: WriteLetter,
    ) -> Result<identity_api::Letter, Error> {
        let secret = random::bytes()?;
        let work = move |tx: &mut Tx<'_>, change: &Change| write(tx, id, secret, change.now);
        self.foundation.write(cx, "identity.write_letter", work).await
    }
}

fn write(
    tx: &mut Tx<'_>,
    id: LetterId,
    secret: identity_api::Secret,
    now: kernel::Timestamp,
) -> Result<identity_api::Letter, Error> {
    let letter = letters::lock(tx, id)?.filter(|letter| now < letter.expires_at);
    let letter = letter.ok_or(Error::TokenInvalid)?;
    let expires_at = now.saturating_add(lasts(letter.purpose));
    let token: Option<Token> = match letter.purpose {
        Purpose::AlreadyRegistered => None,
        Purpose::Confirmation | Purpose::PasswordReset | Purpose::Invitation => {
            let (token, digest) = issue(id, secret);
            letters::seal(tx, id, &digest, expires_at)?;
            Some(token)
        }
    };
    let account = letter.principal_id.map(|whose| accounts::find(tx, whose)).transpose()?.flatten();
    // What a stranger says that they are called goes into no mail: it would carry their words to anybody.
    let name = account.and_then(|account| account.name);
    Ok(identity_api::Letter { purpose: letter.purpose, email: letter.email, name, token, expires_at })
}

/// A letter to somebody who has an account.
pub(crate) fn to_account(change: &Change, purpose: Purpose, whose: uuid::Uuid, email: String) -> Letter {
    Letter {
        id: change.ids.next(change.now),
        purpose,
        email,
        principal_id: Some(whose),
        account: None,
        digest: None,
        expires_at: change.now.saturating_add(WAITS),
    }
}

/// Asks for a letter, unless too many went to this account of late: who asks is not told.
pub(crate) fn request(
    tx: &mut Tx<'_>,
    change: &Change,
    letter: &Letter,
    limits: &Limits,
) -> Result<(), Error> {
    if count(tx, change, limits)? { send(tx, change, letter) } else { Ok(()) }
}

/// Whether one more letter may go out. An address from which too many were asked for is refused: that tells nothing of accounts.
fn count(tx: &mut Tx<'_>, change: &Change, limits: &Limits) -> Result<bool, Error> {
    if let Some(address) = limits.address {
        attempts::begin_one(tx, &address, change.now)?;
    }
    match attempts::begin_one(tx, &limits.account, change.now) {
        Ok(()) => Ok(true),
        Err(Error::TooManyAttempts(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Asks for a letter.
pub(crate) fn send(tx: &mut Tx<'_>, change: &Change, letter: &Letter) -> Result<(), Error> {
    letters::insert(tx, letter)?;
    let event = LetterEvent::Requested { letter_id: letter.id, purpose: letter.purpose };
    Ok(change.append(tx, &letter.id, 1, &event)?)
}
