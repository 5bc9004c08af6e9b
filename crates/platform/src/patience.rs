//! How long a check waits for what may still be settling, before it reports it.

use std::time::{Duration, Instant};

const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// The time that one check has spent on looking.
#[derive(Debug)]
pub struct Patience {
    began: Instant,
}

impl Patience {
    /// For what its events, or the other half of a change, are on the way for.
    pub const SETTLES_WITHIN: Duration = Duration::from_secs(5);

    pub fn begin() -> Patience {
        Patience { began: Instant::now() }
    }

    /// Waits for a moment, after which there is another look to be taken; `false`, and at once, if so much time is over.
    pub async fn look_again(&self, within: Duration) -> bool {
        if self.began.elapsed() >= within {
            return false;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
        true
    }
}
