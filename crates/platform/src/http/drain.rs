//! Going away without cutting anyone off.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A client that has sent nothing for this long is taken to be gone, or to be between two requests for long enough
/// to notice that its connection ends.
const ACTIVE_WITHIN: Duration = Duration::from_secs(1);
/// So long without a request, and all active connections have had their last reply.
const QUIET: Duration = Duration::from_millis(250);
/// New connections may come for ever.
const AT_MOST: Duration = Duration::from_secs(3);

/// When requests came, and whether they are still welcome.
pub(super) struct Drain {
    opened: Instant,
    /// Of the last request, in microseconds after `opened`; 0 if none came.
    last: AtomicU64,
    begun: AtomicBool,
}

impl Drain {
    pub(super) fn new() -> Drain {
        Drain { opened: Instant::now(), last: AtomicU64::new(0), begun: AtomicBool::new(false) }
    }

    pub(super) fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed)
    }

    pub(super) fn arrived(&self, at: Instant) {
        let micros = at.saturating_duration_since(self.opened).as_micros();
        self.last.fetch_max(u64::try_from(micros).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    fn last(&self) -> Option<Instant> {
        match self.last.load(Ordering::Relaxed) {
            0 => None,
            micros => self.opened.checked_add(Duration::from_micros(micros)),
        }
    }

    /// Waits until the clients that are talking to us have all been told to stop.
    ///
    /// A server that stops closes the connections on which it owes no reply. A client with a connection kept alive
    /// may be sending on it at that very moment, and can then not know whether its request was carried out. So we go
    /// on serving for a little while, with `Connection: close` in every reply: each connection in use gets one.
    pub(super) async fn linger(&self) {
        let begun = Instant::now();
        if self.last().is_none_or(|last| begun.duration_since(last) > ACTIVE_WITHIN) {
            return;
        }
        loop {
            let quiet_since = self.last().map_or(begun, |last| last.max(begun));
            let left =
                (QUIET.saturating_sub(quiet_since.elapsed())).min(AT_MOST.saturating_sub(begun.elapsed()));
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn linger(drain: &Drain) -> Duration {
        let begun = Instant::now();
        drain.linger().await;
        begun.elapsed()
    }

    #[tokio::test]
    async fn where_nobody_talks_there_is_nothing_to_wait_for() {
        assert!(linger(&Drain::new()).await < Duration::from_millis(50));
        let long_ago = Drain { opened: Instant::now() - 2 * ACTIVE_WITHIN, ..Drain::new() };
        long_ago.arrived(long_ago.opened + ACTIVE_WITHIN / 2);
        assert!(linger(&long_ago).await < Duration::from_millis(50));
    }

    #[tokio::test]
    async fn a_request_that_comes_late_is_waited_for_again() {
        let drain = Drain::new();
        drain.arrived(Instant::now());
        let late = async {
            tokio::time::sleep(QUIET / 2).await;
            drain.arrived(Instant::now());
        };
        let (took, ()) = tokio::join!(linger(&drain), late);
        assert!(took >= QUIET * 3 / 2 && took < AT_MOST, "{took:?}");
    }

    #[tokio::test]
    async fn requests_without_end_are_not_waited_for() {
        let drain = Drain::new();
        drain.arrived(Instant::now());
        let crowd = async {
            loop {
                drain.arrived(Instant::now());
                tokio::time::sleep(QUIET / 5).await;
            }
        };
        let took = tokio::select! {
            took = linger(&drain) => took,
            () = crowd => unreachable!(),
        };
        assert!(took >= AT_MOST && took < AT_MOST * 2, "{took:?}");
    }
}
