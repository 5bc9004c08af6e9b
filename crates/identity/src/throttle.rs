//! How often something may be tried: whoever guesses passwords, or has letters sent, is stopped, by account and by address. An
//! account that is not there is counted like any other.

use std::net::IpAddr;
use std::time::Duration;

use identity_api::PrincipalKind;
use kernel::Timestamp;
use sha2::{Digest, Sha256};

use crate::account::email_key;

/// Counts begin anew when nothing was tried for this long.
pub(crate) const WINDOW: Duration = Duration::from_secs(15 * 60);
const GUESSES_AT_AN_ACCOUNT: i64 = 5;
const GUESSES_FROM_AN_ADDRESS: i64 = 50;
const LETTERS_TO_AN_ACCOUNT: i64 = 3;
const LETTERS_FROM_AN_ADDRESS: i64 = 20;

/// What is counted, by a digest that tells nobody who it is, and how often it may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Limit {
    pub subject: [u8; 32],
    pub most: i64,
}

/// The two that an attempt counts against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub account: Limit,
    pub address: Option<Limit>,
}

impl Limits {
    pub(crate) fn of_guesses(kind: PrincipalKind, email: &str, address: Option<IpAddr>) -> Limits {
        Limits {
            account: limit("guess", &account(kind, email), GUESSES_AT_AN_ACCOUNT),
            address: address.map(|from| limit("guess", &network(from), GUESSES_FROM_AN_ADDRESS)),
        }
    }

    pub(crate) fn of_letters(kind: PrincipalKind, email: &str, address: Option<IpAddr>) -> Limits {
        Limits {
            account: limit("letter", &account(kind, email), LETTERS_TO_AN_ACCOUNT),
            address: address.map(|from| limit("letter", &network(from), LETTERS_FROM_AN_ADDRESS)),
        }
    }

    /// In the order in which they are locked.
    pub(crate) fn all(&self) -> Vec<Limit> {
        let mut all: Vec<Limit> = [Some(self.account), self.address].into_iter().flatten().collect();
        all.sort();
        all
    }
}

fn account(kind: PrincipalKind, email: &str) -> String {
    format!("{} {}", kind.name(), email_key(email))
}

/// Whoever has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
    }
}

fn limit(of: &str, subject: &str, most: i64) -> Limit {
    Limit { subject: Sha256::digest(format!("{of} {subject}")).into(), most }
}

/// The count with one attempt more, or how long to wait. At most `most` attempts pass in any [`WINDOW`].
pub(crate) fn attempt(count: i64, last_at: Timestamp, most: i64, now: Timestamp) -> Result<i64, Duration> {
    let quiet = now.since(last_at);
    if quiet >= WINDOW {
        return Ok(1);
    }
    if count >= most { Err(WINDOW.saturating_sub(quiet)) } else { Ok(count.saturating_add(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn after(seconds: u64) -> Timestamp {
        START.saturating_add(Duration::from_secs(seconds))
    }

    #[test]
    fn no_window_holds_more_than_are_allowed() {
        // Somebody who tries every 50 seconds for three hours.
        let (mut count, mut last, mut passed) = (0, START, Vec::new());
        for now in (0..10_800).step_by(50).map(after) {
            if let Ok(counted) = attempt(count, last, 5, now) {
                (count, last) = (counted, now);
                passed.push(now);
            }
        }
        for &begin in &passed {
            let within = passed.iter().filter(|at| **at >= begin && at.since(begin) < WINDOW);
            assert!(within.count() <= 5);
        }
        assert!(passed.len() > 5, "it opens again");
    }

    #[test]
    fn who_has_to_wait_is_told_how_long() {
        assert_eq!(attempt(5, after(0), 5, after(60)), Err(Duration::from_secs(14 * 60)));
        assert_eq!(attempt(5, after(0), 5, after(15 * 60)), Ok(1));
        assert_eq!(attempt(4, after(0), 5, after(0)), Ok(5));
    }

    #[test]
    fn accounts_are_counted_without_regard_to_case_and_networks_as_one() {
        let of = |email: &str, from: &str| Limits::of_guesses(PrincipalKind::Staff, email, from.parse().ok());
        assert_eq!(of("Ada@example.com", "::1").account, of("ada@EXAMPLE.com", "::1").account);
        assert_ne!(of("ada@example.com", "::1").account, of("ada@example.org", "::1").account);
        assert_eq!(of("a", "2001:db8:1:2::1").address, of("a", "2001:db8:1:2:ffff::9").address);
        assert_ne!(of("a", "192.0.2.1").address, of("a", "192.0.2.2").address);
    }
}
