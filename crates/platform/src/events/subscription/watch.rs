//! Sees how far subscriptions lag behind their sources, and lets the sources know what they need not keep.

use std::time::Duration;

use futures_util::future::join_all;
use serde::Serialize;
use utoipa::ToSchema;

use super::super::feed::Ahead;
use super::dispatcher::Dispatcher;
use super::rows::{self, Standing};
use crate::store::StoreError;
use crate::workers::Workers;

const EVERY: Duration = Duration::from_secs(10);

/// A subscription that is behind by more than this is an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tolerance {
    pub events: i64,
    /// Since the next event that it has not heard.
    pub age: Duration,
}

/// How far a subscription is behind its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lag {
    /// Events that it has not heard.
    pub lag_events: i64,
    /// How long ago the first of them happened.
    pub lag_seconds: u64,
    /// Why a person should look.
    #[schema(required)]
    pub alarm: Option<String>,
}

/// Where a subscription stands, and how far that is from the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    #[serde(flatten)]
    pub standing: Standing,
    #[serde(flatten)]
    pub lag: Lag,
}

impl Dispatcher {
    /// Of the subscription as it is now. A source that cannot be reached is an alarm, not an error.
    ///
    /// # Errors
    /// [`StoreError`], of the listener's own store.
    pub async fn report(&self, tolerance: Tolerance) -> Result<Report, StoreError> {
        let standing = self.standing().await?;
        let lag = match self.subscription.feed.ahead(&self.cx(), standing.seq).await {
            Ok(ahead) => self.lag(ahead, tolerance),
            Err(error) => {
                Lag { lag_events: 0, lag_seconds: 0, alarm: Some(format!("its source is silent: {error}")) }
            }
        };
        Ok(Report { standing, lag })
    }

    fn lag(&self, ahead: Ahead, tolerance: Tolerance) -> Lag {
        let age = ahead.since.map_or(Duration::ZERO, |since| self.foundation.clock.now().since(since));
        let alarm = if ahead.events > tolerance.events {
            Some(format!("{} events wait to be heard", ahead.events))
        } else if age > tolerance.age {
            Some(format!("an event has waited for {} s", age.as_secs()))
        } else {
            None
        };
        Lag { lag_events: ahead.events, lag_seconds: age.as_secs(), alarm }
    }

    /// Lets the source know how far it was heard.
    ///
    /// # Errors
    /// [`StoreError`], of either store.
    pub async fn acknowledge(&self) -> Result<(), StoreError> {
        self.acknowledge_at_most(i64::MAX).await.map(drop)
    }

    /// The cursor, or `most` if that is less; answers the first place that is kept.
    pub(super) async fn acknowledge_at_most(&self, most: i64) -> Result<i64, StoreError> {
        let name = self.subscription.name();
        let cursor = self.foundation.store.peek(&self.cx(), move |db| rows::find(db, name)).await?.seq;
        self.subscription.feed.acknowledge(&self.cx(), name, most.min(cursor)).await
    }

    async fn watch(&self, tolerance: Tolerance) -> Result<Option<String>, StoreError> {
        let Report { lag, .. } = self.report(tolerance).await?;
        let name = self.subscription.name();
        metrics::gauge!("holdfast_subscription_lag_events", "subscription" => name)
            .set(u32::try_from(lag.lag_events).unwrap_or(u32::MAX));
        metrics::gauge!("holdfast_subscription_lag_seconds", "subscription" => name)
            .set(u32::try_from(lag.lag_seconds).unwrap_or(u32::MAX));
        self.acknowledge().await?;
        Ok(lag.alarm)
    }
}

/// Starts the worker that watches these subscriptions.
pub fn start(all: Vec<Dispatcher>, tolerance: Tolerance, workers: &Workers) {
    workers.spawn("subscription-watch", move |beat| async move {
        let mut alarmed = vec![false; all.len()];
        loop {
            beat.show();
            let watched = join_all(all.iter().map(|one| one.watch(tolerance))).await;
            for ((one, watched), alarmed) in all.iter().zip(watched).zip(&mut alarmed) {
                let subscription = one.subscription.name();
                let alarm = watched.unwrap_or_else(|error| Some(error.to_string()));
                match &alarm {
                    Some(alarm) if !*alarmed => tracing::warn!(subscription, alarm, "a subscription lags"),
                    None if *alarmed => tracing::info!(subscription, "a subscription has caught up"),
                    _ => {}
                }
                *alarmed = alarm.is_some();
            }
            beat.rest(EVERY).await;
        }
    });
}
