use std::time::Duration;

use kernel::Clock;
use platform::events::feed::Feed;
use platform::events::retention::{self, Trimmed};
use platform::events::subscription::OperateError;
use platform::events::subscription::watch::Tolerance;

use crate::fixture::{cx, on_both, value};
use crate::subscriptions::{Follower, NAME};

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Follower {
    /// One event a day, the last one today; the subscription has heard none.
    async fn after_days(&self, days: usize) {
        for day in 0..days {
            if day > 0 {
                self.clock.advance(DAY);
            }
            self.append("a").await;
        }
        self.sequence().await;
    }

    async fn trim(&self, keep: Duration) -> Trimmed {
        retention::trim(&self.store, &cx(), self.clock.now().saturating_sub(keep)).await.unwrap()
    }

    async fn first_kept(&self) -> Option<i64> {
        let heard = self.feed().read(&cx(), 0, 1).await.unwrap();
        heard.events.first().map(|first| first.seq)
    }
}

fn trimmed(events: i64) -> Trimmed {
    Trimmed { events, held_by: None }
}

#[test]
fn what_everybody_has_heard_is_kept_for_a_while_only() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.after_days(5).await;
        follower.catch_up().await;
        follower.dispatcher().acknowledge().await.unwrap();
        assert_eq!(follower.trim(DAY * 10).await, trimmed(0));
        assert_eq!(follower.trim(DAY * 2).await, trimmed(2));
        assert_eq!(follower.first_kept().await, Some(3));
        let since = follower.store.read(&cx(), retention::kept_since).await.unwrap();
        assert_eq!(since, Some(follower.clock.now().saturating_sub(DAY * 2)));
        assert_eq!(follower.trim(DAY * 3).await, trimmed(0));

        follower.clock.advance(DAY * 100);
        assert_eq!(follower.trim(DAY).await, trimmed(2), "the last one stays");
        follower.append("a").await;
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, Some(6), "numbers go on");
        assert_eq!(follower.dispatcher().standing().await.unwrap().seq, 6);
    });
}

#[test]
fn nothing_is_trimmed_that_a_listener_has_not_heard() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.dispatcher().acknowledge().await.unwrap();
        follower.after_days(3).await;
        let held = |events| Trimmed { events, held_by: Some(NAME.to_owned()) };
        assert_eq!(follower.trim(Duration::ZERO).await, held(0));
        follower.catch_up().await;
        assert_eq!(follower.trim(Duration::ZERO).await, held(0), "its word counts");
        follower.dispatcher().acknowledge().await.unwrap();
        assert_eq!(follower.trim(Duration::ZERO).await, trimmed(2));
    });
}

#[test]
fn what_was_trimmed_stays_trimmed_when_more_is_kept() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.after_days(3).await;
        follower.catch_up().await;
        follower.dispatcher().keep_after(1, false).await.unwrap();
        assert_eq!(follower.trim(Duration::ZERO).await.events, 1);
        let since = follower.store.read(&cx(), retention::kept_since).await.unwrap();
        follower.dispatcher().acknowledge().await.unwrap();
        assert_eq!(follower.trim(DAY / 2).await.events, 1);
        assert_eq!(follower.store.read(&cx(), retention::kept_since).await, Ok(since));
    });
}

#[test]
fn a_replay_of_what_is_gone_is_refused_and_one_of_what_is_there_keeps_it() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.after_days(6).await;
        follower.catch_up().await;
        let dispatcher = follower.dispatcher();
        dispatcher.acknowledge().await.unwrap();
        assert_eq!(follower.trim(DAY * 3).await, trimmed(2));
        for dry_run in [true, false] {
            let refused = dispatcher.keep_after(1, dry_run).await;
            assert!(matches!(refused, Err(OperateError::Trimmed(3))), "{refused:?}");
        }
        dispatcher.keep_after(3, true).await.unwrap();
        assert_eq!(follower.trim(DAY * 2).await, trimmed(1), "to ask keeps nothing");
        dispatcher.keep_after(3, false).await.unwrap();
        let held = follower.trim(Duration::ZERO).await;
        assert_eq!(held, Trimmed { events: 0, held_by: Some(NAME.to_owned()) });
        follower.operate(|of, tx, _| of.replay(tx, 3, false)).await.unwrap();
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, Some(6 + 3));
    });
}

#[test]
fn who_finds_a_gap_stops_and_goes_on_only_when_told() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.after_days(4).await;
        assert_eq!(follower.trim(DAY).await, trimmed(2), "nobody had said that they listen");
        follower.catch_up().await;
        let standing = follower.dispatcher().standing().await.unwrap();
        assert_eq!((standing.paused, standing.seq, standing.heard_until), (true, 2, None), "{standing:?}");
        assert!(standing.last_error.unwrap().contains("1 to 2"));
        assert_eq!(value(&follower.store, "heard:a").await, None);
        follower.operate(|of, tx, _| of.set_paused(tx, false)).await.unwrap();
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, Some(2));
    });
}

#[test]
fn who_lags_too_far_is_an_alarm() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.after_days(3).await;
        let report =
            async |events, age| follower.dispatcher().report(Tolerance { events, age }).await.unwrap().lag;
        let lag = report(3, DAY * 2).await;
        assert_eq!((lag.lag_events, lag.lag_seconds, lag.alarm), (3, 2 * 24 * 3600, None));
        assert!(report(2, DAY * 2).await.alarm.unwrap().contains("3 events"));
        assert!(report(3, DAY).await.alarm.unwrap().contains("waited"));
        follower.catch_up().await;
        let lag = report(0, Duration::ZERO).await;
        assert_eq!((lag.lag_events, lag.lag_seconds, lag.alarm), (0, 0, None));
    });
}
