//! How often something may be tried: whoever guesses passwords, or has letters sent, is stopped, by account and by address. An
//! account that is not there is counted like any other.

use std::net::IpAddr;
use std::time::Duration;

use identity_api::{PrincipalKind, Purpose};
use kernel::Timestamp;
use sha2::{Digest, Sha256};

use crate::account::email_key;

/// What is longer ago than this counts no more.
pub(crate) const WINDOW: Duration = Duration::from_secs(15 * 60);
const GUESSES_AT_AN_ACCOUNT: usize = 5;
const GUESSES_FROM_AN_ADDRESS: usize = 50;
const LETTERS_TO_AN_ACCOUNT: usize = 3;
const LETTERS_FROM_AN_ADDRESS: usize = 20;

/// What is counted, by a digest that tells nobody who it is, and how often it may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Limit {
    pub subject: [u8; 32],
    pub most: usize,
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

    /// By what they are for: whoever asks for one kind uses up nothing of the other.
    pub(crate) fn of_letters(
        purpose: Purpose,
        kind: PrincipalKind,
        email: &str,
        address: Option<IpAddr>,
    ) -> Limits {
        let of = match purpose {
            Purpose::Confirmation | Purpose::AlreadyRegistered => "confirmation",
            Purpose::PasswordReset | Purpose::Invitation => "password",
        };
        Limits {
            account: limit(of, &account(kind, email), LETTERS_TO_AN_ACCOUNT),
            address: address.map(|from| limit(of, &network(from), LETTERS_FROM_AN_ADDRESS)),
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

fn limit(of: &str, subject: &str, most: usize) -> Limit {
    Limit { subject: Sha256::digest(format!("{of} {subject}")).into(), most }
}

/// Notes one attempt more among those of the last [`WINDOW`], or says how long to wait: at most `most` pass in any of them.
pub(crate) fn attempt(times: &mut Vec<Timestamp>, most: usize, now: Timestamp) -> Result<(), Duration> {
    times.retain(|at| now.since(*at) < WINDOW);
    let over = times.len().saturating_add(1).saturating_sub(most);
    match over.checked_sub(1).and_then(|oldest| times.get(oldest)) {
        Some(at) => Err(WINDOW.saturating_sub(now.since(*at))),
        None => {
            times.push(now);
            Ok(())
        }
    }
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
        let (mut times, mut passed) = (Vec::new(), Vec::new());
        for now in (0..10_800).step_by(50).map(after) {
            if attempt(&mut times, 5, now).is_ok() {
                passed.push(now);
            }
        }
        for &begin in &passed {
            let within = passed.iter().filter(|at| **at >= begin && at.since(begin) < WINDOW);
            assert!(within.count() <= 5);
        }
        assert!(passed.len() >= 5 * 12, "five in each quarter of an hour: {}", passed.len());
    }

    #[test]
    fn who_errs_now_and_then_is_never_stopped() {
        let mut times = Vec::new();
        for now in (0..100_000).step_by(200).map(after) {
            attempt(&mut times, 5, now).unwrap();
            assert!(times.len() <= 5);
        }
    }

    #[test]
    fn who_has_to_wait_is_told_how_long() {
        let mut times: Vec<Timestamp> = (0..5).map(|n| after(n * 10)).collect();
        assert_eq!(attempt(&mut times, 5, after(60)), Err(Duration::from_secs(14 * 60)));
        assert_eq!(times.len(), 5, "what was refused does not count");
        assert_eq!(attempt(&mut times, 5, after(15 * 60)), Ok(()));
        assert_eq!(attempt(&mut times, 5, after(15 * 60)), Err(Duration::from_secs(10)));
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
