//! How long to wait before something is tried again.

use std::time::Duration;

use kernel::{Ids, Timestamp};

/// Waits between attempts, twice as long each time.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    pub first: Duration,
    pub longest: Duration,
}

impl Backoff {
    /// After the first attempt, the second, …
    pub fn after(&self, attempts: i32) -> Duration {
        let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
        self.first.saturating_mul(2_u32.saturating_pow(doublings)).min(self.longest)
    }

    /// The same, with full jitter above the first half: what failed together is not tried again together.
    pub fn jittered(&self, attempts: i32, ids: &Ids, now: Timestamp) -> Duration {
        let full = self.after(attempts);
        (full / 2).saturating_add(jitter(full / 2, ids, now))
    }
}

/// Somewhere between nothing and `most`: a new id ends in random bits.
pub(crate) fn jitter(most: Duration, ids: &Ids, now: Timestamp) -> Duration {
    let [.., random] = *ids.uuid(now).as_bytes();
    most.saturating_mul(random.into()) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let seconds = Duration::from_secs;
        let backoff = Backoff { first: seconds(1), longest: seconds(10) };
        assert_eq!(
            [0, 1, 2, 3, 4, 5, i32::MAX].map(|n| backoff.after(n)),
            [1, 1, 2, 4, 8, 10, 10].map(seconds)
        );
        let jittered = backoff.jittered(3, &Ids::new(), Timestamp::from_micros(0));
        assert!(jittered >= seconds(2) && jittered < seconds(4), "{jittered:?}");
    }
}
