//! Whom a credential stands for.

use identity_api::{Presented, Verified, Verify};
use kernel::{CallCtx, Principal, Timestamp};
use platform::store::Db;

use crate::account::Account;
use crate::error::Error;
use crate::log_in::permissions_of;
use crate::module::IdentityModule;
use crate::store::{accounts, keys, sessions};

impl IdentityModule {
    pub(crate) async fn verify(&self, cx: &CallCtx, Verify { presented }: Verify) -> Result<Verified, Error> {
        let now = self.foundation.clock.now();
        self.foundation.store.read(cx, move |db| verify(db, presented, now)).await
    }
}

fn verify(db: &mut Db<'_>, presented: Presented, now: Timestamp) -> Result<Verified, Error> {
    match presented {
        Presented::Session { id, digest } => {
            let session = sessions::find(db, id)?.filter(|session| session.admits(&digest, now));
            let session = session.ok_or(Error::InvalidCredentials)?;
            let account = accounts::find(db, session.principal_id)?.filter(Account::is_active);
            let account = account.ok_or(Error::InvalidCredentials)?;
            Ok(Verified {
                principal: account.principal(),
                permissions: permissions_of(db, &account)?,
                expires_at: Some(session.access_expires_at),
            })
        }
        Presented::ApiKey { id, digest } => {
            let found = keys::find(db, id)?.filter(|(key, kept)| *kept == digest && key.is_good(now));
            let (key, _) = found.ok_or(Error::InvalidCredentials)?;
            Ok(Verified {
                principal: Principal::Machine(id),
                permissions: key.scopes,
                expires_at: key.expires_at,
            })
        }
    }
}
