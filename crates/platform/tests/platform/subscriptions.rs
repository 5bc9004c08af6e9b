use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::RunQueryDsl;
use futures_util::future::join_all;
use kernel::{Clock, Event, Ids, ManualClock, Upcast};
use platform::events::feed::LocalFeed;
use platform::events::sequencer;
use platform::events::subscription::{Dispatcher, Fault, LetterState, OperateError, Subscription, Told};
use platform::store::{Engine, Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Change, Foundation, on};
use serde::{Deserialize, Serialize};

use crate::event_log::CounterEvent;
use crate::fixture::{NOW, add, cx, on_both, until, value};

pub(crate) const NAME: &str = "counting.follow_itself";
/// Longer than any wait between two attempts.
const LATER: Duration = Duration::from_secs(600);

/// A module that hears its own events, and counts them by aggregate.
pub(crate) struct Follower {
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    ids: Ids,
    /// While this is set, events of the aggregate `bad` are refused.
    stubborn: Arc<AtomicBool>,
}

impl Follower {
    pub(crate) async fn start(store: Store) -> Follower {
        let stubborn = Arc::new(AtomicBool::new(true));
        let follower = Follower { store, clock: Arc::new(ManualClock::new(NOW)), ids: Ids::new(), stubborn };
        Dispatcher::register(&follower.store, &[follower.dispatcher()]).await.unwrap();
        follower
    }

    pub(crate) fn feed(&self) -> LocalFeed {
        LocalFeed::new(self.store.clone(), self.clock.clone())
    }

    /// As one instance of many would have it.
    pub(crate) fn dispatcher(&self) -> Dispatcher {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let feed = Arc::new(self.feed());
        let stubborn = Arc::clone(&self.stubborn);
        let count = move |tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, CounterEvent>]| {
            told.iter().try_for_each(|told| count(tx, told, stubborn.load(Ordering::Relaxed)))
        };
        let foundation = Foundation { store: self.store.clone(), clock, ids: self.ids.clone() };
        Dispatcher::new(foundation, Subscription::new(NAME, feed, count))
    }

    pub(crate) async fn append(&self, name: &'static str) {
        let change = Change { cx: cx(), ids: self.ids.clone(), now: self.clock.now() };
        let append = move |tx: &mut Tx<'_>| {
            let value = add(tx, name, 1)?;
            change.append(tx, &name, value, &CounterEvent::Counted { value })
        };
        self.store.write::<_, StoreError, _>(&cx(), "append", append).await.unwrap();
    }

    /// As an operator would.
    pub(crate) async fn operate<R: Send + 'static>(
        &self,
        work: impl Fn(&Subscription, &mut Tx<'_>, &Change) -> Result<R, OperateError> + Send + 'static,
    ) -> Result<R, OperateError> {
        let dispatcher = self.dispatcher();
        let change = dispatcher.foundation().change(&cx());
        self.store.write(&cx(), "operate", move |tx| work(dispatcher.subscription(), tx, &change)).await
    }

    pub(crate) async fn sequence(&self) {
        if self.store.engine() == Engine::Postgres {
            while sequencer::run_once(&self.store, &cx()).await.unwrap() > 0 {}
        }
    }

    pub(crate) async fn catch_up(&self) {
        self.sequence().await;
        self.dispatcher().catch_up().await.unwrap();
    }
}

/// Counts an event, and notes if it is not the next of its aggregate.
fn count(tx: &mut Tx<'_>, told: &Told<'_, CounterEvent>, stubborn: bool) -> Result<(), Fault> {
    let (aggregate, CounterEvent::Counted { value }) = (&told.envelope.aggregate_id, &told.event);
    if stubborn && aggregate == "bad" && *value == 2 {
        return Err(Fault::Refused("not this one".to_owned()));
    }
    let heard = add(tx, &format!("heard:{aggregate}"), 1)?;
    if heard != *value {
        add(tx, "out of order", 1)?;
    }
    Ok(())
}

#[test]
fn each_event_is_applied_once_and_in_order_whoever_tries() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        // As many at once as there are connections to wait for, and some more.
        for wave in 0..40 {
            join_all((0..10).map(|n| follower.append(["a", "b", "c"][(wave * 10 + n) % 3]))).await;
        }
        follower.sequence().await;
        let rivals: Vec<Dispatcher> = (0..4).map(|_| follower.dispatcher()).collect();
        for caught_up in join_all(rivals.iter().map(Dispatcher::catch_up)).await {
            caught_up.unwrap();
        }
        let standing = follower.dispatcher().standing().await.unwrap();
        assert_eq!((standing.seq, standing.attempts, standing.dead), (400, 0, 0), "{standing:?}");
        assert!(standing.heard_until.is_some());
        for (name, times) in [("heard:a", 134), ("heard:b", 133), ("heard:c", 133)] {
            assert_eq!(value(&follower.store, name).await, Some(times), "{name}");
        }
        assert_eq!(value(&follower.store, "out of order").await, None);
    });
}

#[test]
fn a_start_does_not_wait_for_the_lease_of_a_process_that_was_killed() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        let killed = follower.dispatcher();
        let workers = Workers::new(follower.store.runtime().clone());
        killed.start(&workers);
        follower.append("a").await;
        until(async || leased(&follower.store).await == 1).await;
        workers.stop().await;
        Dispatcher::register(&follower.store, &[follower.dispatcher()]).await.unwrap();
        // On PostgreSQL it may be another instance's, which is well.
        let still = i64::from(follower.store.engine() == Engine::Postgres);
        assert_eq!(leased(&follower.store).await, still);
    });
}

async fn leased(store: &Store) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Leased {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let sql = "SELECT COUNT(*) AS count FROM subscription WHERE lease_owner IS NOT NULL";
    let found: Result<Leased, StoreError> =
        store.read(&cx(), move |db| Ok(on!(db, |conn| diesel::sql_query(sql).get_result(conn))?)).await;
    found.unwrap().count
}

#[test]
fn what_cannot_be_applied_holds_up_its_own_aggregate_only() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        for name in ["good", "bad", "bad", "good", "bad", "good"] {
            follower.append(name).await;
        }
        for attempt in 1..=8 {
            follower.catch_up().await;
            let standing = follower.dispatcher().standing().await.unwrap();
            if attempt < 8 {
                assert_eq!((standing.attempts, standing.seq), (attempt, 2), "{standing:?}");
                assert!(standing.last_error.unwrap().contains("not this one"));
            }
            follower.clock.advance(LATER);
        }
        follower.catch_up().await;
        let standing = follower.dispatcher().standing().await.unwrap();
        assert_eq!((standing.seq, standing.dead, standing.parked), (6, 1, 1), "{standing:?}");
        assert_eq!(value(&follower.store, "heard:good").await, Some(3));
        assert_eq!(value(&follower.store, "heard:bad").await, Some(1));

        let dispatcher = follower.dispatcher();
        let letters = dispatcher.letters(0, 10).await.unwrap();
        let states: Vec<_> = letters.iter().map(|letter| (letter.seq, letter.state)).collect();
        assert_eq!(states, [(3, LetterState::Dead), (5, LetterState::Parked)]);
        assert!(matches!(
            follower.operate(|of, tx, change| of.retry(tx, change, 3)).await,
            Err(OperateError::StillFails(_))
        ));
        assert!(matches!(
            follower.operate(|of, tx, change| of.retry(tx, change, 5)).await,
            Err(OperateError::NoLetter(5))
        ));
        follower.stubborn.store(false, Ordering::Relaxed);
        follower.operate(|of, tx, change| of.retry(tx, change, 3)).await.unwrap();
        assert_eq!(value(&follower.store, "heard:bad").await, Some(3));
        assert!(dispatcher.letters(0, 10).await.unwrap().is_empty());
    });
}

#[test]
fn a_paused_subscription_rests_and_a_replayed_one_hears_again() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        let dispatcher = follower.dispatcher();
        follower.operate(|of, tx, _| of.set_paused(tx, true)).await.unwrap();
        follower.append("a").await;
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, None);
        follower.operate(|of, tx, _| of.set_paused(tx, false)).await.unwrap();
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, Some(1));

        let told = follower.operate(|of, tx, _| of.replay(tx, 0, true)).await.unwrap();
        assert_eq!((told.from, told.to, dispatcher.standing().await.unwrap().seq), (1, 0, 1));
        follower.operate(|of, tx, _| of.replay(tx, 0, false)).await.unwrap();
        follower.catch_up().await;
        assert_eq!(value(&follower.store, "heard:a").await, Some(2), "it heard the event again");
    });
}

#[test]
fn a_subscription_that_nobody_serves_stops_the_start() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        let refused = Dispatcher::register(&follower.store, &[]).await;
        assert!(matches!(refused, Err(StoreError::Migration(why)) if why.contains(NAME)));
    });
}

/// Events of counters, as a version that came later would have them: with one type more, and another shape of the first.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum NewerEvent {
    #[serde(rename = "counter.counted")]
    Counted { value: i64, by: String },
    #[serde(rename = "counter.broken")]
    Broken {},
}

impl Event for NewerEvent {
    const AGGREGATE: &'static str = "counter";
    const TYPES: &'static [&'static str] = &["counter.counted", "counter.broken"];
    const UPCASTS: &'static [Upcast] = &[Upcast {
        event_type: "counter.counted",
        from: 1,
        lift: |mut data| {
            data["by"] = "nobody".into();
            Ok(data)
        },
    }];

    fn event_type(&self) -> &'static str {
        match self {
            NewerEvent::Counted { .. } => "counter.counted",
            NewerEvent::Broken {} => "counter.broken",
        }
    }
}

impl Follower {
    async fn append_newer(&self, name: &'static str, version: i64, event: NewerEvent) {
        let change = Change { cx: cx(), ids: self.ids.clone(), now: self.clock.now() };
        let append = move |tx: &mut Tx<'_>| change.append(tx, &name, version, &event);
        self.store.write::<_, StoreError, _>(&cx(), "append", append).await.unwrap();
    }

    /// The same subscription, as that later version would serve it.
    fn newer(&self) -> Dispatcher {
        let note = |tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, NewerEvent>]| {
            told.iter().try_for_each(|told| {
                let by = match &told.event {
                    NewerEvent::Counted { by, .. } => by.as_str(),
                    NewerEvent::Broken {} => "a hammer",
                };
                add(tx, &format!("by {by}"), 1).map(drop).map_err(Fault::from)
            })
        };
        let feed = Arc::new(self.feed());
        Dispatcher::new(self.dispatcher().foundation().clone(), Subscription::new(NAME, feed, note))
    }
}

#[test]
fn a_type_or_a_version_of_event_that_nobody_can_read_stops_the_start() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.append("a").await;
        follower.dispatcher().check_types().await.unwrap();
        let counted = NewerEvent::Counted { value: 2, by: "me".to_owned() };
        for (seq, event, told) in [
            (2, NewerEvent::Broken {}, "counter.broken in version 1"),
            (3, counted, "counter.counted in version 2"),
        ] {
            follower.append_newer("a", seq, event).await;
            for _ in ["staged, on PostgreSQL", "in the log"] {
                let refused = follower.dispatcher().check_types().await;
                let named = |why: &str| why.contains(NAME) && why.contains(told);
                assert!(matches!(&refused, Err(StoreError::Migration(why)) if named(why)), "{refused:?}");
                follower.newer().check_types().await.unwrap();
                follower.sequence().await;
            }
            // What was heard by now, somebody could read.
            follower.store.write(&cx(), "skip", move |tx| move_cursor(tx, seq)).await.unwrap();
            follower.dispatcher().check_types().await.unwrap();
        }
    });
}

#[test]
fn an_event_that_is_younger_than_its_listener_waits_for_it() {
    on_both(|store| async move {
        let follower = Follower::start(store).await;
        follower.append("a").await;
        follower.append_newer("a", 2, NewerEvent::Counted { value: 2, by: "me".to_owned() }).await;
        follower.append_newer("b", 1, NewerEvent::Broken {}).await;
        for _ in 0..20 {
            follower.catch_up().await;
            follower.clock.advance(LATER);
        }
        let standing = follower.dispatcher().standing().await.unwrap();
        assert_eq!((standing.seq, standing.dead), (1, 0), "{standing:?}");
        assert!(standing.last_error.is_some_and(|error| error.contains("version 2")));

        follower.newer().catch_up().await.unwrap();
        assert_eq!(value(&follower.store, "heard:a").await, Some(1));
        assert_eq!(value(&follower.store, "by me").await, Some(1));
        assert_eq!(value(&follower.store, "by a hammer").await, Some(1));

        follower.store.write(&cx(), "again", |tx| move_cursor(tx, 0)).await.unwrap();
        follower.newer().catch_up().await.unwrap();
        assert_eq!(value(&follower.store, "by nobody").await, Some(1), "what was written before is lifted");
    });
}

fn move_cursor(tx: &mut Tx<'_>, seq: i64) -> Result<(), StoreError> {
    let sql = format!("UPDATE subscription SET seq = {seq}");
    platform::on!(tx, |conn| diesel::sql_query(sql).execute(conn))?;
    Ok(())
}
