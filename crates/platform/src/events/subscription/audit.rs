//! Invariant 7, of one subscription: its cursor is a place in the log that it hears, and nothing waits without a reason.

use super::dispatcher::Dispatcher;
use super::rows;
use crate::Violation;
use crate::store::StoreError;

impl Dispatcher {
    /// What is wrong with where the subscription stands.
    ///
    /// # Errors
    /// [`StoreError`], of either store.
    pub async fn check(&self) -> Result<Vec<Violation>, StoreError> {
        let name = self.subscription.name();
        let row = self.foundation.store.read(&self.cx(), move |db| rows::find(db, name)).await?;
        let standing = self.standing().await?;
        // After the cursor was read: a log only grows.
        let heard = self.subscription.feed.read(&self.cx(), row.seq.saturating_sub(1), 1).await?;
        let mut found = Vec::new();
        let mut report =
            |detail: String| found.push(Violation { invariant: 7, subject: name.to_owned(), detail });
        if row.is_of_another_log(heard.log_id) {
            report("its cursor is a place in another log than its source has".to_owned());
        }
        if row.seq > 0 && heard.events.is_empty() {
            report(format!("its cursor {} is beyond the end of its source's log", row.seq));
        }
        if standing.parked > 0 && standing.dead == 0 {
            report(format!("{} events are parked behind no dead letter", standing.parked));
        }
        Ok(found)
    }
}
