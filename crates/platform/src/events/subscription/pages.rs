//! The pages of a feed, of which the next one is read while one is applied.

use std::future::Future;
use std::sync::Arc;

use kernel::CallCtx;

use super::super::feed::{Heard, Logged};
use super::Subscription;
use crate::store::StoreError;

pub(super) struct Pages {
    subscription: Arc<Subscription>,
    /// Events in one of them.
    size: i64,
    /// What was read ahead, and after which place.
    ahead: Option<(i64, Heard)>,
}

impl Pages {
    pub(super) fn of(subscription: Arc<Subscription>, size: i64) -> Pages {
        Pages { subscription, size, ahead: None }
    }

    /// The one after `seq`.
    pub(super) async fn after(&mut self, cx: &CallCtx, seq: i64) -> Result<Heard, StoreError> {
        match self.ahead.take() {
            Some((place, heard)) if place == seq => Ok(heard),
            _ => self.subscription.feed.read(cx, seq, self.size).await,
        }
    }

    /// Whether there is likely to be another one behind it.
    pub(super) fn is_full(&self, page: &[Logged]) -> bool {
        i64::try_from(page.len()).is_ok_and(|events| events >= self.size)
    }

    /// Does the work, and reads the page after `seq` meanwhile.
    pub(super) async fn beside<R>(&mut self, cx: &CallCtx, seq: i64, work: impl Future<Output = R>) -> R {
        let (done, next) = tokio::join!(work, self.read(cx, seq));
        self.ahead = next.map(|heard| (seq, heard));
        done
    }

    /// With the facts of its events. Whatever is the matter shows when the page is asked for.
    async fn read(&self, cx: &CallCtx, seq: i64) -> Option<Heard> {
        let heard = self.subscription.feed.read(cx, seq, self.size).await.ok()?;
        let subscription = Arc::clone(&self.subscription);
        let read = move || {
            subscription.read(&heard.events);
            heard
        };
        tokio::task::spawn_blocking(read).await.ok()
    }
}
