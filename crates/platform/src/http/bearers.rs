//! Bearers that a process remembers, so that a credential is not looked up at every request.
//!
//! What is remembered is true only as long as nobody has taken it back: whoever hears of that calls [`Bearers::forget`] or its
//! like, and what was being looked up meanwhile is not remembered.

use std::sync::{Mutex, PoisonError};

use kernel::{Principal, Timestamp};
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::Bearer;

/// Credentials that are remembered at most; each takes some 200 bytes.
const MOST: usize = 50_000;

/// Whom credentials stand for, by the id of the session or key that they are of.
pub struct Bearers {
    known: Cache<Uuid, Known>,
    /// Rises with everything that is forgotten. Held while something is added or forgotten.
    epoch: Mutex<u64>,
}

/// Whom a credential stands for, and until when.
#[derive(Clone, Debug)]
pub struct Known {
    pub bearer: Bearer,
    /// Of the secret: another one of the same session is another credential.
    pub digest: [u8; 32],
    pub expires_at: Option<Timestamp>,
}

impl Default for Bearers {
    fn default() -> Bearers {
        Bearers { known: Cache::new(MOST), epoch: Mutex::new(0) }
    }
}

impl Bearers {
    /// Whom this credential stands for, if that is remembered and it has not expired by `now`.
    pub fn get(&self, id: Uuid, digest: &[u8; 32], now: Timestamp) -> Option<Bearer> {
        let known = self.known.get(&id)?;
        let good = known.digest == *digest && known.expires_at.is_none_or(|end| now < end);
        good.then_some(known.bearer)
    }

    /// To be asked before a credential is looked up.
    pub fn epoch(&self) -> u64 {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers what was looked up, unless something was forgotten meanwhile: it may have been this.
    pub fn put(&self, epoch: u64, id: Uuid, known: Known) {
        let now = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        if *now == epoch {
            self.known.insert(id, known);
        }
    }

    /// A session or key.
    pub fn forget(&self, id: Uuid) {
        self.forgetting(|known| {
            known.remove(&id);
        });
    }

    /// All that one principal holds.
    pub fn forget_principal(&self, principal: &Principal) {
        self.forgetting(|known| known.retain(|_, known| known.bearer.principal != *principal));
    }

    pub fn forget_all(&self) {
        self.forgetting(Cache::clear);
    }

    fn forgetting(&self, forget: impl FnOnce(&Cache<Uuid, Known>)) {
        let mut epoch = self.epoch.lock().unwrap_or_else(PoisonError::into_inner);
        *epoch = epoch.wrapping_add(1);
        forget(&self.known);
    }
}

#[cfg(test)]
mod tests {
    use kernel::Permissions;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn known(principal: Principal) -> Known {
        let bearer = Bearer { principal, permissions: Permissions::NONE, session: None };
        Known {
            bearer,
            digest: [7; 32],
            expires_at: Some(NOW.saturating_add(std::time::Duration::from_secs(1))),
        }
    }

    fn customer(n: u128) -> Principal {
        Principal::Customer(Uuid::from_u128(n))
    }

    #[test]
    fn only_the_same_secret_counts_and_only_until_it_expires() {
        let (bearers, id) = (Bearers::default(), Uuid::from_u128(1));
        bearers.put(bearers.epoch(), id, known(customer(1)));
        assert!(bearers.get(id, &[7; 32], NOW).is_some());
        assert!(bearers.get(id, &[8; 32], NOW).is_none());
        assert!(bearers.get(id, &[7; 32], NOW.saturating_add(std::time::Duration::from_secs(1))).is_none());
        assert!(bearers.get(Uuid::from_u128(2), &[7; 32], NOW).is_none());
    }

    #[test]
    fn what_is_forgotten_while_it_is_looked_up_is_not_remembered() {
        let (bearers, id) = (Bearers::default(), Uuid::from_u128(1));
        let before = bearers.epoch();
        bearers.forget(id);
        bearers.put(before, id, known(customer(1)));
        assert!(bearers.get(id, &[7; 32], NOW).is_none());
    }

    #[test]
    fn one_principal_is_forgotten_and_the_others_are_not() {
        let bearers = Bearers::default();
        for n in 1..=4 {
            bearers.put(bearers.epoch(), Uuid::from_u128(n), known(customer(n % 2)));
        }
        bearers.forget_principal(&customer(1));
        let left = (1..=4).filter(|n| bearers.get(Uuid::from_u128(*n), &[7; 32], NOW).is_some());
        assert_eq!(left.collect::<Vec<_>>(), [2, 4]);
        bearers.forget_all();
        assert!(bearers.get(Uuid::from_u128(2), &[7; 32], NOW).is_none());
    }
}
