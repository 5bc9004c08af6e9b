//! A module that sends postcards.

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use kernel::{BoxFut, CallCtx, Clock, Ids, ManualClock, Timestamp};
use platform::Foundation;
use platform::effects::{
    self, Call, Effect, EffectError, EffectState, Effects, Handler, NewEffect, Outcome, Policy, Settled,
    Settlement, StoredEffect,
};
use platform::store::{Database, Db, Store, StoreError, Tx};
use platform::workers::Workers;
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::{Barrier, Semaphore};

use crate::fixture::{Error, NOW, OWNERSHIP, cx, databases, on_both, until};

/// Nobody looks by itself.
const NEVER: Duration = Duration::from_secs(3600);
/// For tests that turn the clock, which wakes nobody.
const OFTEN: Duration = Duration::from_millis(5);
/// Longer than any lease, and any wait between two attempts.
const LATER: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Postcard {
    text: String,
}

type Answer = dyn Fn(Effect) -> BoxFut<'static, Outcome> + Send + Sync;

/// The post office: notes what it is given, and does what it is told.
struct Post {
    kind: &'static str,
    concurrency: usize,
    gather: Duration,
    answer: Box<Answer>,
    /// How many were prepared together.
    batches: Mutex<Vec<usize>>,
    /// Keys, with the attempt.
    calls: Mutex<Vec<(String, i32)>>,
    /// Keys, with what they came to.
    notes: Mutex<Vec<(String, Settlement)>>,
}

impl Post {
    fn new<F: Future<Output = Outcome> + Send + 'static>(
        kind: &'static str,
        answer: impl Fn(Effect) -> F + Send + Sync + 'static,
    ) -> Arc<Post> {
        let answer: Box<Answer> = Box::new(move |effect| Box::pin(answer(effect)));
        Arc::new(Post {
            kind,
            concurrency: 1,
            gather: Duration::ZERO,
            answer,
            batches: Mutex::default(),
            calls: Mutex::default(),
            notes: Mutex::default(),
        })
    }

    fn reliable(kind: &'static str) -> Arc<Post> {
        Post::new(kind, async |_| Outcome::Done)
    }

    fn calls(&self) -> Vec<(String, i32)> {
        self.calls.lock().unwrap().clone()
    }
}

impl Handler for Post {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn policy(&self) -> Policy {
        let deadline = Duration::from_secs(20);
        let Post { concurrency, gather, .. } = *self;
        Policy { concurrency, gather, attempts: 3, deadline, ..Policy::default() }
    }

    fn calls<'a>(&'a self, _: &'a CallCtx, effects: &'a [Effect]) -> BoxFut<'a, Vec<Call<'a>>> {
        self.batches.lock().unwrap().push(effects.len());
        let call = |effect: &Effect| -> Call<'a> {
            assert_eq!(effect.read::<Postcard>().unwrap().text, effect.key);
            self.calls.lock().unwrap().push((effect.key.clone(), effect.attempt));
            (self.answer)(effect.clone())
        };
        Box::pin(ready(effects.iter().map(call).collect()))
    }

    fn note(&self, _: &mut Tx<'_>, settled: &[Settled], _: Timestamp) -> Result<(), StoreError> {
        let mut notes = self.notes.lock().unwrap();
        for Settled { effect, what } in settled {
            notes.push((effect.key.clone(), what.clone()));
            if effect.key == "unnoted" && notes.len() == 1 {
                return Err(StoreError::Query("out of ink".to_owned()));
            }
        }
        Ok(())
    }
}

/// The module, as one instance of it.
#[derive(Clone)]
struct Sender {
    foundation: Foundation,
    clock: Arc<ManualClock>,
}

impl Sender {
    fn new(store: Store) -> Sender {
        let clock = Arc::new(ManualClock::new(NOW));
        let foundation = Foundation { store, clock: clock.clone(), ids: Ids::new() };
        Sender { foundation, clock }
    }

    /// The same database and clock, as another process would see them.
    fn again(&self, store: Store) -> Sender {
        let foundation = Foundation { store, ids: Ids::new(), ..self.foundation.clone() };
        Sender { foundation, clock: self.clock.clone() }
    }

    fn effects(&self, posts: &[&Arc<Post>]) -> Effects {
        let handlers = posts.iter().map(|post| -> Arc<dyn Handler> { Arc::<Post>::clone(post) }).collect();
        Effects::new(self.foundation.clone(), handlers)
    }

    async fn send(&self, kind: &'static str, key: &'static str) {
        self.decide(move |tx, new| tx.effect(&new(kind, key)).map_err(Error::from)).await.unwrap();
    }

    async fn decide(
        &self,
        work: impl Fn(&mut Tx<'_>, &dyn Fn(&'static str, &'static str) -> NewEffect) -> Result<(), Error>
        + Send
        + 'static,
    ) -> Result<(), Error> {
        let change = self.foundation.change(&cx());
        let new = move |kind, key: &'static str| {
            NewEffect::new(&change, kind, &key, &Postcard { text: key.to_owned() }).unwrap()
        };
        self.foundation.store.write(&cx(), "decide", move |tx| work(tx, &new)).await
    }

    async fn stored(&self, state: EffectState) -> Vec<StoredEffect> {
        let list = move |db: &mut Db<'_>| effects::list(db, state, None, 100);
        self.foundation.store.read::<_, StoreError, _>(&cx(), list).await.unwrap()
    }

    async fn are(&self, state: EffectState, many: usize) {
        until(async || self.stored(state).await.len() == many).await;
    }

    async fn operate(
        &self,
        work: impl Fn(&mut Tx<'_>, &platform::Change) -> Result<(), EffectError> + Send + 'static,
    ) -> Result<(), EffectError> {
        let change = self.foundation.change(&cx());
        self.foundation.store.write(&cx(), "operate", move |tx| work(tx, &change)).await
    }
}

/// For tests that open the database more than once, as several processes do.
fn on_both_databases(test: &impl AsyncFn(&Database)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    for database in databases(&dir) {
        Store::migrate(&OWNERSHIP, &database).unwrap();
        runtime.block_on(test(&database));
    }
}

fn open(database: &Database, runtime: &Handle) -> Store {
    Store::open(OWNERSHIP, database, runtime.clone()).unwrap()
}

#[test]
fn what_is_decided_is_done_once_and_what_is_not_is_not() {
    on_both(|store| async move {
        let (sender, post, workers) =
            (Sender::new(store), Post::reliable("postcard"), Workers::new(Handle::current()));
        sender.effects(&[&post]).look_every(NEVER).start(&workers);
        for (round, key) in ["a", "b", "c"].into_iter().enumerate() {
            sender.send("postcard", key).await;
            sender.are(EffectState::Done, round + 1).await;
        }
        sender.send("postcard", "a").await;
        let undecided = sender.decide(|tx, new| {
            tx.effect(&new("postcard", "never"))?;
            Err(Error::Refused)
        });
        assert_eq!(undecided.await, Err(Error::Refused));
        sender.send("postcard", "d").await;
        sender.are(EffectState::Done, 4).await;
        let calls = ["a", "b", "c", "d"].map(|key| (key.to_owned(), 1));
        assert_eq!(post.calls(), calls);
        workers.stop().await;
    });
}

#[test]
fn one_that_is_for_later_waits_for_its_time() {
    on_both(|store| async move {
        let (sender, mut post, workers) =
            (Sender::new(store), Post::reliable("postcard"), Workers::new(Handle::current()));
        // Room for both: what is due does not take along what is not.
        Arc::get_mut(&mut post).unwrap().concurrency = 2;
        sender.effects(&[&post]).look_every(OFTEN).start(&workers);
        let later = sender.clock.now().saturating_add(LATER);
        let decided = sender.decide(move |tx, new| {
            tx.effect(&new("postcard", "late").not_before(later))?;
            Ok(tx.effect(&new("postcard", "soon"))?)
        });
        decided.await.unwrap();
        sender.are(EffectState::Done, 1).await;
        assert_eq!(post.calls(), [("soon".to_owned(), 1)]);
        sender.clock.advance(LATER);
        sender.are(EffectState::Done, 2).await;
        workers.stop().await;
    });
}

#[test]
fn a_crash_after_the_call_repeats_it_under_the_same_key() {
    on_both_databases(&async |database| {
        let called = Arc::new(Semaphore::new(0));
        let told = Arc::clone(&called);
        // The call is made, and the process that made it never comes to note that.
        let crashing = Post::new("postcard", move |_| {
            told.add_permits(1);
            std::future::pending()
        });
        let crashed = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let doomed = Sender::new(open(database, crashed.handle()));
        let its_workers = Workers::new(crashed.handle().clone());
        doomed.send("postcard", "a").await;
        doomed.effects(&[&crashing]).look_every(OFTEN).start(&its_workers);
        called.acquire().await.unwrap().forget();
        crashed.shutdown_background();

        let sender = doomed.again(open(database, &Handle::current()));
        let (post, workers) = (Post::reliable("postcard"), Workers::new(Handle::current()));
        sender.effects(&[&post]).look_every(OFTEN).start(&workers);
        sender.send("postcard", "b").await;
        sender.are(EffectState::Done, 1).await;
        assert_eq!(post.calls(), [("b".to_owned(), 1)], "the lease of the other one still runs");
        sender.clock.advance(LATER);
        sender.are(EffectState::Done, 2).await;
        assert_eq!(crashing.calls(), [("a".to_owned(), 1)]);
        assert_eq!(post.calls()[1..], [("a".to_owned(), 2)]);
        workers.stop().await;
    });
}

#[test]
fn one_that_crashes_whoever_tries_it_is_given_up() {
    on_both(|store| async move {
        let post = Post::new("postcard", |_| std::future::pending());
        let sender = Sender::new(store);
        sender.send("postcard", "a").await;
        for attempt in 1..=3 {
            let workers = Workers::new(Handle::current());
            sender.effects(&[&post]).look_every(OFTEN).start(&workers);
            until(async || post.calls().len() == attempt).await;
            workers.stop().await;
            sender.clock.advance(LATER);
        }
        let workers = Workers::new(Handle::current());
        sender.effects(&[&post]).look_every(OFTEN).start(&workers);
        sender.are(EffectState::Dead, 1).await;
        assert_eq!(post.calls().len(), 3);
        workers.stop().await;
    });
}

#[test]
fn whoever_lost_its_lease_cannot_settle() {
    on_both(|store| async move {
        let gate = Arc::new(Semaphore::new(0));
        let opened = Arc::clone(&gate);
        let slow = Post::new("postcard", move |_| {
            let gate = Arc::clone(&opened);
            async move {
                gate.acquire().await.unwrap().forget();
                Outcome::Failed("too late".to_owned())
            }
        });
        let (sender, workers) = (Sender::new(store), Workers::new(Handle::current()));
        let slow_one = sender.effects(&[&slow]);
        slow_one.clone().look_every(OFTEN).start(&workers);
        sender.send("postcard", "a").await;
        until(async || slow.calls().len() == 1).await;
        workers.stop().await;

        let (post, workers) = (Post::reliable("postcard"), Workers::new(Handle::current()));
        sender.clock.advance(LATER);
        sender.effects(&[&post]).look_every(OFTEN).start(&workers);
        sender.are(EffectState::Done, 1).await;
        gate.add_permits(1);
        slow_one.finish().await;
        assert_eq!(gate.available_permits(), 0, "it has ended, too");
        assert_eq!(sender.stored(EffectState::Done).await.len(), 1);
        workers.stop().await;
    });
}

#[test]
fn what_keeps_failing_is_given_up_and_an_operator_decides() {
    on_both(|store| async move {
        let mended = Arc::new(Semaphore::new(0));
        let is_mended = Arc::clone(&mended);
        let post = Post::new("postcard", move |effect| {
            let mended = is_mended.available_permits() > 0;
            async move {
                match effect.key.as_str() {
                    _ if mended => Outcome::Done,
                    "impossible" => Outcome::Failed("no such address".to_owned()),
                    "panics" => panic!("on purpose"),
                    _ => Outcome::Retry("the post is on strike".to_owned()),
                }
            }
        });
        let (sender, workers) = (Sender::new(store), Workers::new(Handle::current()));
        let effects = sender.effects(&[&post]).look_every(OFTEN);
        effects.start(&workers);
        for key in ["impossible", "strike", "panics"] {
            sender.send("postcard", key).await;
        }
        until(async || {
            sender.clock.advance(Duration::from_millis(100));
            sender.stored(EffectState::Dead).await.len() == 3
        })
        .await;
        let dead = sender.stored(EffectState::Dead).await;
        let told: Vec<(&str, i32, &str)> = dead
            .iter()
            .map(|one| (one.key.as_str(), one.attempts, one.error.as_deref().unwrap_or_default()))
            .collect();
        let expected = [
            ("impossible", 1, "no such address"),
            ("strike", 3, "the post is on strike"),
            ("panics", 3, "the handler panicked"),
        ];
        assert_eq!(told, expected);

        mended.add_permits(1);
        let (impossible, strike) = (dead[0].id, dead[1].id);
        sender.operate(move |tx, change| effects::discard(tx, change, impossible, "moved")).await.unwrap();
        let of = effects.clone();
        sender.operate(move |tx, change| of.retry(tx, change, strike)).await.unwrap();
        sender.are(EffectState::Done, 1).await;
        let discarded = &sender.stored(EffectState::Discarded).await[0];
        assert_eq!((discarded.id, discarded.note.as_deref()), (impossible, Some("moved")));
        for id in [impossible, strike] {
            let of = effects.clone();
            let again = sender.operate(move |tx, change| of.retry(tx, change, id)).await;
            assert!(
                matches!(again, Err(EffectError::NotFound(of)) if of == id),
                "only a dead one: {again:?}"
            );
        }
        let struck: Vec<Settlement> = post
            .notes
            .lock()
            .unwrap()
            .iter()
            .filter(|(key, _)| key == "strike")
            .map(|(_, what)| what.clone())
            .collect();
        let why = "the post is on strike".to_owned();
        let [again, Settlement::Again { .. }, dead, revived, done] = struck.as_slice() else {
            panic!("{struck:?}")
        };
        assert!(matches!(again, Settlement::Again { why: noted, .. } if *noted == why), "{again:?}");
        assert_eq!((dead, done), (&Settlement::Dead { why: why.clone() }, &Settlement::Done));
        assert!(matches!(revived, Settlement::Again { why: noted, .. } if *noted == why), "{revived:?}");
        workers.stop().await;
    });
}

#[test]
fn what_cannot_be_noted_is_not_settled() {
    on_both(|store| async move {
        let (sender, post, workers) =
            (Sender::new(store), Post::reliable("postcard"), Workers::new(Handle::current()));
        sender.effects(&[&post]).look_every(OFTEN).start(&workers);
        sender.send("postcard", "unnoted").await;
        until(async || post.notes.lock().unwrap().len() == 1).await;
        sender.are(EffectState::Waiting, 1).await;
        sender.clock.advance(LATER);
        sender.are(EffectState::Done, 1).await;
        assert_eq!(post.calls(), [("unnoted".to_owned(), 1), ("unnoted".to_owned(), 2)]);
        workers.stop().await;
    });
}

#[test]
fn what_is_due_is_prepared_together_and_each_comes_to_what_it_comes_to() {
    on_both(|store| async move {
        let mut post = Post::new("postcard", |effect| async move {
            match effect.key.as_str() {
                "impossible" => Outcome::Failed("no such address".to_owned()),
                "panics" => panic!("on purpose"),
                "hangs" => std::future::pending().await,
                _ => Outcome::Done,
            }
        });
        Arc::get_mut(&mut post).unwrap().concurrency = 6;
        let (sender, workers) = (Sender::new(store), Workers::new(Handle::current()));
        let decided = sender.decide(|tx, new| {
            let keys = ["a", "hangs", "impossible", "b", "panics", "c", "d"];
            Ok(tx.effects(&keys.map(|key| new("postcard", key)))?)
        });
        decided.await.unwrap();
        sender.effects(&[&post]).look_every(NEVER).start(&workers);
        sender.are(EffectState::Done, 4).await;
        sender.are(EffectState::Dead, 1).await;
        let waiting: Vec<_> = sender.stored(EffectState::Waiting).await;
        let waiting: Vec<_> = waiting.iter().map(|one| (one.key.as_str(), one.error.as_deref())).collect();
        assert_eq!(waiting, [("hangs", None), ("panics", Some("the handler panicked"))]);
        assert_eq!(post.batches.lock().unwrap()[0], 6, "as many as there is room for");
        workers.stop().await;
    });
}

#[test]
fn what_ends_meanwhile_is_settled_with_what_ended_first() {
    on_both(|store| async move {
        let gate = Arc::new(Semaphore::new(0));
        let opened = Arc::clone(&gate);
        let mut post = Post::new("postcard", move |effect| {
            let gate = Arc::clone(&opened);
            async move {
                if effect.key == "slow" {
                    gate.acquire().await.unwrap().forget();
                }
                Outcome::Done
            }
        });
        // Far longer than it takes: nothing is settled before the last call has ended.
        let policy = Arc::get_mut(&mut post).unwrap();
        (policy.concurrency, policy.gather) = (3, LATER);
        let (sender, workers) = (Sender::new(store), Workers::new(Handle::current()));
        let decided =
            sender.decide(|tx, new| Ok(tx.effects(&["a", "slow", "b"].map(|key| new("postcard", key)))?));
        decided.await.unwrap();
        sender.effects(&[&post]).look_every(NEVER).start(&workers);
        until(async || post.calls().len() == 3).await;
        assert_eq!(sender.stored(EffectState::Waiting).await.len(), 3);
        gate.add_permits(1);
        sender.are(EffectState::Done, 3).await;
        assert_eq!(post.notes.lock().unwrap().len(), 3);
        workers.stop().await;
    });
}

#[test]
fn a_kind_that_hangs_stops_no_other() {
    on_both(|store| async move {
        let (stuck, post) = (Post::new("stuck", |_| std::future::pending()), Post::reliable("postcard"));
        let (sender, workers) = (Sender::new(store), Workers::new(Handle::current()));
        sender.effects(&[&stuck, &post]).look_every(NEVER).start(&workers);
        for key in ["a", "b", "c"] {
            sender.send("stuck", key).await;
        }
        until(async || stuck.calls().len() == 1).await;
        for (round, key) in ["a", "b", "c"].into_iter().enumerate() {
            sender.send("postcard", key).await;
            sender.are(EffectState::Done, round + 1).await;
        }
        assert_eq!(stuck.calls().len(), 1, "one place, one call");
        workers.stop().await;
    });
}

#[test]
fn two_instances_share_the_work() {
    on_both_databases(&async |database| {
        let here = Sender::new(open(database, &Handle::current()));
        let there = here.again(open(database, &Handle::current()));
        let both = Arc::new(Barrier::new(2));
        let post = || {
            let both = Arc::clone(&both);
            // Nobody does two while the other does none.
            Post::new("postcard", move |_| {
                let both = Arc::clone(&both);
                async move {
                    both.wait().await;
                    Outcome::Done
                }
            })
        };
        let (one, other, workers) = (post(), post(), Workers::new(Handle::current()));
        let keys = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        join_all(keys.map(|key| here.send("postcard", key))).await;
        here.effects(&[&one]).look_every(OFTEN).start(&workers);
        there.effects(&[&other]).look_every(OFTEN).start(&workers);
        here.are(EffectState::Done, keys.len()).await;
        assert_eq!((one.calls().len(), other.calls().len()), (5, 5));
        let mut calls = [one.calls(), other.calls()].concat();
        calls.sort_unstable();
        assert_eq!(calls, keys.map(|key| (key.to_owned(), 1)));
        workers.stop().await;
    });
}

#[test]
fn a_kind_that_nobody_carries_out_stops_the_start() {
    on_both(|store| async move {
        let sender = Sender::new(store);
        let store = &sender.foundation.store;
        sender.send("postcard", "a").await;
        let (known, other) = (Post::reliable("postcard"), Post::reliable("telegram"));
        Effects::check_kinds(store, Some(&sender.effects(&[&other, &known]))).await.unwrap();
        for effects in [None, Some(sender.effects(&[&other]))] {
            let refused = Effects::check_kinds(store, effects.as_ref()).await;
            assert!(matches!(&refused, Err(StoreError::Migration(why)) if why.contains("postcard")));
        }
    });
}

#[test]
fn what_was_done_long_ago_is_forgotten() {
    on_both(|store| async move {
        let (post, workers) = (Post::reliable("postcard"), Workers::new(Handle::current()));
        let sender = Sender::new(store);
        let effects = sender.effects(&[&post]);
        effects.clone().look_every(OFTEN).start(&workers);
        sender.send("postcard", "old").await;
        sender.are(EffectState::Done, 1).await;
        sender.clock.advance(Duration::from_secs(31 * 24 * 3600));
        sender.send("postcard", "new").await;
        sender.are(EffectState::Done, 2).await;
        workers.stop().await;
        sender.send("postcard", "waiting").await;
        assert_eq!(effects.purge().await, Ok(1));
        assert_eq!(sender.stored(EffectState::Done).await[0].key, "new");
        assert_eq!(sender.stored(EffectState::Waiting).await.len(), 1);
    });
}
