//! Sessions: how long they last, and when a refresh token is to be believed.

use std::time::Duration;

use identity_api::{Digest, PrincipalKind, SessionId};
use kernel::Timestamp;
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// A refresh token that was used is believed again for this long: whoever used it may not have heard the reply.
pub(crate) const LOST_REPLY: Duration = Duration::from_secs(10);

/// From a login until its end.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub id: SessionId,
    pub principal_id: Uuid,
    pub access: Digest,
    pub access_expires_at: Timestamp,
    pub refresh: Digest,
    pub refresh_expires_at: Timestamp,
    pub refreshed_at: Timestamp,
    /// However often it is refreshed.
    pub ends_at: Timestamp,
    pub created_at: Timestamp,
    /// Where it was opened from.
    pub address: Option<String>,
}

/// How long its parts last.
struct Lifetimes {
    access: Duration,
    /// Without a refresh.
    idle: Duration,
    most: Duration,
}

const fn lifetimes(kind: PrincipalKind) -> Lifetimes {
    match kind {
        PrincipalKind::Customer => Lifetimes {
            access: MINUTE.saturating_mul(15),
            idle: DAY.saturating_mul(14),
            most: DAY.saturating_mul(90),
        },
        PrincipalKind::Staff => {
            Lifetimes { access: MINUTE.saturating_mul(15), idle: HOUR, most: HOUR.saturating_mul(12) }
        }
    }
}

/// What a refresh token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// To be exchanged for a new one.
    Good,
    /// Used before: two have it.
    Reused,
    /// None of this session's, or too old.
    Unknown,
}

impl Session {
    pub(crate) fn open(
        id: SessionId,
        (principal_id, kind): (Uuid, PrincipalKind),
        (access, refresh): (Digest, Digest),
        address: Option<String>,
        now: Timestamp,
    ) -> Session {
        let lasts = lifetimes(kind);
        Session {
            id,
            principal_id,
            access,
            access_expires_at: now.saturating_add(lasts.access),
            refresh,
            refresh_expires_at: now.saturating_add(lasts.idle),
            refreshed_at: now,
            ends_at: now.saturating_add(lasts.most),
            created_at: now,
            address,
        }
    }

    /// New tokens in the place of the old ones.
    pub(crate) fn rotate(
        &mut self,
        kind: PrincipalKind,
        (access, refresh): (Digest, Digest),
        now: Timestamp,
    ) {
        let lasts = lifetimes(kind);
        (self.access, self.refresh, self.refreshed_at) = (access, refresh, now);
        self.access_expires_at = now.saturating_add(lasts.access).min(self.ends_at);
        self.refresh_expires_at = now.saturating_add(lasts.idle).min(self.ends_at);
    }

    /// `spent_at`: when a token of this digest was used, if one was.
    pub(crate) fn judge(&self, refresh: &Digest, spent_at: Option<Timestamp>, now: Timestamp) -> Refresh {
        if now >= self.refresh_expires_at {
            return Refresh::Unknown;
        }
        match spent_at {
            Some(at) if now.since(at) > LOST_REPLY => Refresh::Reused,
            Some(_) => Refresh::Good,
            None if self.refresh == *refresh => Refresh::Good,
            None => Refresh::Unknown,
        }
    }

    pub(crate) fn admits(&self, access: &Digest, now: Timestamp) -> bool {
        self.access == *access && now < self.access_expires_at
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;

    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const A: Digest = Digest([1; 32]);
    const R: Digest = Digest([2; 32]);

    fn session(kind: PrincipalKind) -> Session {
        Session::open(Id::from_uuid(Uuid::from_u128(1)), (Uuid::from_u128(2), kind), (A, R), None, START)
    }

    #[test]
    fn an_access_token_is_good_for_a_quarter_of_an_hour() {
        let session = session(PrincipalKind::Customer);
        assert!(session.admits(&A, START.saturating_add(MINUTE * 14)));
        assert!(!session.admits(&A, START.saturating_add(MINUTE * 15)));
        assert!(!session.admits(&R, START));
    }

    #[test]
    fn however_often_it_is_refreshed_a_session_ends() {
        let (mut session, mut now, mut refreshed) = (session(PrincipalKind::Staff), START, 0);
        while session.judge(&R, None, now) == Refresh::Good {
            session.rotate(PrincipalKind::Staff, (A, R), now);
            assert!(session.access_expires_at <= session.ends_at);
            now = now.saturating_add(MINUTE * 50);
            refreshed += 1;
        }
        assert_eq!((refreshed, now.since(START) < HOUR * 13), (15, true));
    }

    #[test]
    fn a_refresh_token_that_comes_back_was_stolen_unless_the_reply_was_lost() {
        let session = session(PrincipalKind::Customer);
        let after = |span: Duration| START.saturating_add(span);
        assert_eq!(session.judge(&A, Some(START), after(LOST_REPLY)), Refresh::Good);
        assert_eq!(session.judge(&A, Some(START), after(LOST_REPLY * 2)), Refresh::Reused);
        assert_eq!(session.judge(&A, None, START), Refresh::Unknown);
        assert_eq!(session.judge(&R, None, after(DAY * 14)), Refresh::Unknown);
    }
}
