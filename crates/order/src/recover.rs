//! Orders that a crash left half done: found by their lease, on any instance.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use kernel::{CallCtx, Timestamp};
use platform::store::{Engine, StoreError};
use platform::workers::Workers;
use tokio::sync::Notify;

use crate::module::OrderModule;
use crate::store::{Pending, saga};

/// For how long an order is its owner's: longer than any request lasts.
pub(crate) const LEASE: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_secs(1);
const BATCH: i64 = 64;
const BUDGET: Duration = Duration::from_secs(5);
/// Far enough ahead that no lease lasts until then.
const BEYOND_ANY_LEASE: Duration = Duration::from_secs(3600);

impl OrderModule {
    pub(crate) fn start_recovery(&self, workers: &Workers) {
        let orders = self.clone();
        workers.spawn("order-recovery", move |beat| async move {
            // SQLite has one process: whatever is unfinished when it starts was left by a crash.
            if orders.foundation.store.engine() == Engine::Sqlite {
                orders.finish_all_unfinished(|| beat.show()).await;
            }
            let never = Notify::new();
            loop {
                beat.show();
                if orders.recover(orders.foundation.clock.now()).await == 0 {
                    beat.pause(EVERY, &never).await;
                }
            }
        });
    }

    /// Finishes every order that can be, leased or not: for a start after a crash, and for tests that must not wait.
    pub(crate) async fn finish_all_unfinished(&self, progress: impl Fn()) {
        while self.recover(self.foundation.clock.now().saturating_add(BEYOND_ANY_LEASE)).await > 0 {
            progress();
        }
    }

    /// Takes up orders whose lease ran out before `expired`, and says how many it finished. The others are leased
    /// for the ordinary time.
    async fn recover(&self, expired: Timestamp) -> usize {
        let cx = CallCtx::system("order-recovery", BUDGET);
        let lease_until = self.foundation.clock.now().saturating_add(LEASE);
        let found: Result<Vec<Pending>, StoreError> = self
            .foundation
            .store
            .write(&cx, "order.claim_pending", move |tx| saga::claim(tx, expired, lease_until, BATCH))
            .await;
        match found {
            Ok(found) => {
                let done = join_all(found.into_iter().map(|pending| self.take_up(&cx, pending))).await;
                done.into_iter().filter(|finished| *finished).count()
            }
            Err(error) => {
                tracing::warn!(%error, "cannot look for unfinished orders");
                0
            }
        }
    }

    async fn take_up(&self, cx: &CallCtx, pending: Pending) -> bool {
        let order = pending.order.id;
        tracing::info!(%order, "taking up an unfinished order");
        let driven = self.drive(cx, Arc::new(pending)).await;
        if let Err(problem) = &driven {
            tracing::warn!(%order, %problem, "the order stays unfinished for now");
        }
        driven.is_ok()
    }
}
