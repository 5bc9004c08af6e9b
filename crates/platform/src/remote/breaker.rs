//! Sends nothing for a while to one who does not answer.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Losses in a row, after which nothing is sent.
const LOSSES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Opens after some losses in a row. While it is open, one call every now and then is let through, to find out.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    losses: u32,
    /// While open: when the next call is let through.
    retry_at: Option<Instant>,
}

impl Breaker {
    /// Whether a call may be sent now.
    pub(super) fn admits(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.retry_at {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                // Should nothing be heard of this one, another one tries.
                state.retry_at = now.checked_add(PAUSE);
                true
            }
        }
    }

    /// Whether the last calls were answered, or none was sent.
    pub(super) fn is_closed(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retry_at.is_none()
    }

    pub(super) fn answered(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = State::default();
    }

    pub(super) fn lost(&self, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.losses = state.losses.saturating_add(1);
        if state.losses >= LOSSES {
            state.retry_at = now.checked_add(PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_some_losses_one_call_at_a_time_finds_out() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..LOSSES {
            assert!(breaker.admits(now) && breaker.is_closed());
            breaker.lost(now);
        }
        assert!(!breaker.is_closed());
        assert!(!breaker.admits(now));
        let later = now + PAUSE;
        assert!(breaker.admits(later), "one finds out");
        assert!(!breaker.admits(later), "and no other meanwhile");
        breaker.lost(later);
        assert!(!breaker.admits(later + PAUSE / 2));
        assert!(breaker.admits(later + PAUSE));
        breaker.answered();
        assert!(breaker.admits(later + PAUSE) && breaker.admits(later + PAUSE));
        assert!(breaker.is_closed());
    }

    #[test]
    fn losses_that_are_not_in_a_row_do_not_count() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..3 * LOSSES {
            breaker.lost(now);
            breaker.answered();
        }
        assert!(breaker.admits(now));
    }
}
