//! One thing asked of a provider: written down before it is asked, and open until the answer is known.

use std::time::Duration;

use kernel::{Money, Timestamp};
use payment_api::{PaymentId, TransactionId};
use platform::backoff::Backoff;
use platform::idempotency::Record;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payment::Payment;

/// For how long an open transaction is its asker's: longer than looking it up and asking again may take.
pub(crate) const LEASE: Duration = Duration::from_secs(20);
/// How often a payment is looked at that waits for the customer: webhooks get lost.
const CUSTOMERS_TURN: Duration = Duration::from_secs(60);
/// Between looks at an outcome that is not known.
const PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Authorise,
    Capture,
    Void,
    Refund,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// About to be asked, or just asked.
    Started,
    /// Asked, and no answer.
    Unknown,
    /// Waits for the customer.
    RequiresAction,
    Succeeded,
    /// The provider's code.
    Failed(String),
}

/// The REST request behind a transaction: what its outcome is stored under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub record: Record,
    pub request_id: String,
    pub instance: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Transaction {
    /// Its text is the provider's idempotency key: one intention, one key.
    pub id: TransactionId,
    pub payment_id: PaymentId,
    pub action: Action,
    pub amount: Money,
    pub progress: Progress,
    /// Of the command that asked: repeating it finds this transaction.
    pub scope: Option<Uuid>,
    pub origin: Option<Origin>,
    pub attempts: i32,
    /// When the provider was last asked to act.
    pub sent_at: Timestamp,
    pub lease_until: Timestamp,
    pub created_at: Timestamp,
}

impl Transaction {
    pub(crate) fn new(
        id: TransactionId,
        payment: &Payment,
        action: Action,
        amount: Money,
        now: Timestamp,
    ) -> Transaction {
        Transaction {
            id,
            payment_id: payment.id,
            action,
            amount,
            progress: Progress::Started,
            scope: None,
            origin: None,
            attempts: 1,
            sent_at: now,
            lease_until: now.saturating_add(LEASE),
            created_at: now,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.progress, Progress::Started | Progress::Unknown | Progress::RequiresAction)
    }

    /// No answer came: somebody asks again, later each time.
    pub(crate) fn unclear(&mut self, now: Timestamp) {
        if self.progress == Progress::Started {
            self.progress = Progress::Unknown;
        }
        self.lease_until = now.saturating_add(PAUSES.after(self.attempts));
    }

    pub(crate) fn await_customer(&mut self, now: Timestamp) {
        self.progress = Progress::RequiresAction;
        self.lease_until = now.saturating_add(CUSTOMERS_TURN);
    }
}

#[cfg(test)]
mod tests {
    use super::PAUSES;

    #[test]
    fn the_pause_doubles_to_a_minute() {
        let seconds: Vec<u64> = [0, 1, 2, 3, 6, 7, 8, i32::MAX]
            .into_iter()
            .map(|attempts| PAUSES.after(attempts).as_secs())
            .collect();
        assert_eq!(seconds, [1, 1, 2, 4, 32, 60, 60, 60]);
    }
}
