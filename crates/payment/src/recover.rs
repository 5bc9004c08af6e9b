//! Open transactions that nobody is at work on: found by their lease, on any instance, and looked up.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::join_all;
use kernel::{CallCtx, Timestamp};
use payment_api::TransactionId;
use platform::store::{Engine, StoreError, Tx};
use platform::workers::{Beat, Workers};

use crate::drive::Approach;
use crate::error::Error;
use crate::module::PaymentModule;
use crate::settle::{self, Asked};
use crate::store::transactions;
use crate::transaction::{Action, LEASE};

const EVERY: Duration = Duration::from_secs(1);
const BATCH: i64 = 32;
/// A provider that dawdles is no dead worker.
const SHOW_EVERY: Duration = Duration::from_secs(2);
const BUDGET: Duration = Duration::from_secs(5);
/// Far enough ahead that no lease lasts until then.
const BEYOND_ANY_LEASE: Duration = Duration::from_secs(3600);

impl PaymentModule {
    pub(crate) fn start_recovery(&self, workers: &Workers) {
        let payments = self.clone();
        workers.spawn("payment-recovery", move |beat| async move {
            // SQLite has one process: whatever is open when it starts was left by a crash.
            if payments.foundation.store.engine() == Engine::Sqlite {
                alive(&beat, payments.recover(payments.now().saturating_add(BEYOND_ANY_LEASE))).await;
            }
            loop {
                if alive(&beat, payments.recover(payments.now())).await == 0 {
                    beat.pause(EVERY, &payments.bell).await;
                }
            }
        });
    }

    /// Asks about every payment whose outcome is open, leased or not, until nothing more is learnt.
    pub async fn settle_all(&self) {
        while self.recover(self.now().saturating_add(BEYOND_ANY_LEASE)).await > 0 {}
    }

    /// Looks up open transactions whose lease ran out before `expired`, and says of how many the outcome is known now.
    pub(crate) async fn recover(&self, expired: Timestamp) -> usize {
        let cx = CallCtx::system("payment-recovery", BUDGET);
        let lease_until = self.now().saturating_add(LEASE);
        match self.claim(&cx, expired, lease_until).await {
            Ok(found) => {
                let done = join_all(found.into_iter().map(|id| self.take_up(&cx, id))).await;
                done.into_iter().filter(|decided| *decided).count()
            }
            Err(error) => {
                tracing::warn!(%error, "cannot look for open transactions");
                0
            }
        }
    }

    async fn claim(
        &self,
        cx: &CallCtx,
        expired: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Vec<TransactionId>, StoreError> {
        let store = &self.foundation.store;
        // A look costs less than a transaction that changes nothing.
        if !store.peek(cx, move |db| transactions::any_due(db, expired)).await? {
            return Ok(Vec::new());
        }
        let claim = move |tx: &mut Tx<'_>| transactions::claim(tx, expired, lease_until, BATCH);
        store.write(cx, "payment.claim_open", claim).await
    }

    async fn take_up(&self, cx: &CallCtx, id: TransactionId) -> bool {
        match self.look_up(cx, id).await {
            Ok(decided) => decided,
            Err(error) => {
                tracing::warn!(transaction = %id, %error, "the transaction is looked up again later");
                false
            }
        }
    }

    async fn look_up(&self, cx: &CallCtx, id: TransactionId) -> Result<bool, Error> {
        let now = self.now();
        let asked = self.foundation.store.write(cx, "payment.take_up", move |tx| {
            let mut asked: Asked = settle::lock(tx, id)?;
            // It is about to be sent again, unless nobody wants it any more.
            if !asked.payment.unwanted || asked.transaction.action != Action::Authorise {
                asked.transaction.sent_at = now;
                transactions::save(tx, &asked.transaction)?;
            }
            Ok::<_, Error>(asked)
        });
        let asked = asked.await?;
        let settled = self.go_on(asked, Approach::LookUp).await?;
        Ok(!settled.transaction.is_open())
    }
}

/// Shows beats while the work is under way.
async fn alive<T>(beat: &Beat, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        beat.show();
        if let Ok(done) = tokio::time::timeout(SHOW_EVERY, &mut work).await {
            return done;
        }
    }
}
