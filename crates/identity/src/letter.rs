//! Letters: what is to reach somebody by mail, and what proves that it did.

use std::time::Duration;

use identity_api::{Digest, LetterId, Purpose};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// For as long as a letter is wanted that has not been sent.
pub(crate) const WAITS: Duration = DAY;

/// A letter that is to be sent, or was.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub id: LetterId,
    pub purpose: Purpose,
    pub email: String,
    /// Whose password may be set.
    pub principal_id: Option<Uuid>,
    /// The account that is asked for.
    pub account: Option<NewAccount>,
    /// Of the newest secret, once one was sent.
    pub digest: Option<Digest>,
    pub expires_at: Timestamp,
}

/// An account until its address is confirmed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct NewAccount {
    pub name: String,
    pub phone: Option<String>,
}

/// How long the secret of a letter is good once it was sent.
pub(crate) const fn lasts(purpose: Purpose) -> Duration {
    match purpose {
        Purpose::Confirmation | Purpose::AlreadyRegistered | Purpose::PasswordReset => {
            MINUTE.saturating_mul(30)
        }
        // Who is taken on may not read mails before tomorrow.
        Purpose::Invitation => DAY.saturating_mul(3),
    }
}

impl Letter {
    /// Whether this proves that the letter has arrived.
    pub(crate) fn is_proven(&self, digest: &Digest, now: Timestamp) -> bool {
        self.digest.as_ref() == Some(digest) && now < self.expires_at
    }
}
