//! Many writers at once, some of which are slow to commit or change their mind, and listeners that must miss nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{join, join_all};
use kernel::{Ids, SystemClock};
use platform::events::feed::LocalFeed;
use platform::events::sequencer;
use platform::events::subscription::{Dispatcher, Fault, Subscription, Told};
use platform::store::{Engine, Store, StoreError, Tx};
use platform::{Change, Foundation};

use crate::event_log::CounterEvent;
use crate::fixture::{Error, NOW, add, cx, full, on_both, values};

const WRITERS: u64 = 8;
const COUNTERS: [&str; 4] = ["a", "b", "c", "d"];
const FROM_THE_START: [&str; 2] = ["first", "second"];
const LATE: &str = "late";

/// Events of each writer.
fn events() -> u64 {
    if full() { 10_000 } else { 200 }
}

/// How one change goes: the same for every run.
struct Course {
    counter: &'static str,
    dawdles: Duration,
    fails: bool,
}

impl Course {
    fn of(writer: u64, n: u64) -> Course {
        // The multiplier of SplitMix64: neighbours have nothing in common.
        let dice = (writer << 32 | n).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let slow = dice.is_multiple_of(8);
        Course {
            counter: COUNTERS.get(usize::try_from(dice / 8 % 4).unwrap()).unwrap(),
            dawdles: Duration::from_micros(if slow { dice / 32 % 2_000 } else { 0 }),
            fails: (dice / 7).is_multiple_of(10),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a commit that is slow keeps a thread of the store busy")]
async fn write(store: &Store, ids: &Ids, writer: u64) {
    for n in 0..events() {
        let ids = ids.clone();
        let change = move |tx: &mut Tx<'_>| {
            let Course { counter, dawdles, fails } = Course::of(writer, n);
            let value = add(tx, counter, 1)?;
            let change = Change { cx: cx(), ids: ids.clone(), now: NOW };
            change.append(tx, &counter, value, &CounterEvent::Counted { value })?;
            std::thread::sleep(dawdles);
            if fails { Err(Error::Refused) } else { Ok(()) }
        };
        // Nine writers and listeners share six connections: to be turned away is no failure.
        while let Err(Error::Storage(error)) = store.write(&cx(), "count", change.clone()).await {
            assert!(matches!(error, StoreError::Unavailable(_) | StoreError::Contended(_)), "{error}");
        }
    }
}

fn listener(store: &Store, name: &'static str) -> Dispatcher {
    let feed = LocalFeed::new(store.clone(), Arc::new(SystemClock));
    let foundation = Foundation { store: store.clone(), clock: Arc::new(SystemClock), ids: Ids::new() };
    let note = move |tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, CounterEvent>]| note(tx, name, told);
    Dispatcher::new(foundation, Subscription::new(name, Arc::new(feed), note))
}

/// Counts what is heard of each counter; each event must be the next of its own.
fn note(tx: &mut Tx<'_>, listener: &str, told: &[Told<'_, CounterEvent>]) -> Result<(), Fault> {
    let mut heard: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for Told { envelope, event: CounterEvent::Counted { value } } in told {
        heard.entry(&envelope.aggregate_id).or_default().push(*value);
    }
    for (counter, values) in heard {
        let count = i64::try_from(values.len()).unwrap();
        let last = add(tx, &format!("{listener}:{counter}"), count)?;
        if !values.into_iter().eq(last - count + 1..=last) {
            add(tx, &format!("{listener}: not the next one"), 1)?;
        }
    }
    Ok(())
}

/// Until nobody writes any more, and everything is heard.
async fn listen(store: &Store, name: &'static str, writing: &AtomicBool) {
    let listener = listener(store, name);
    loop {
        let last = !writing.load(Ordering::SeqCst);
        match listener.catch_up().await {
            Ok(()) if last => return,
            Ok(()) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
}

async fn sequence(store: &Store, writing: &AtomicBool) {
    if store.engine() == Engine::Sqlite {
        return;
    }
    loop {
        let last = !writing.load(Ordering::SeqCst);
        match sequencer::run_once(store, &cx()).await {
            Ok(0) if last => return,
            Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
        }
    }
}

/// What a listener counted must be what was counted, whenever it began to listen.
async fn assert_heard(store: &Store, listener: &str) {
    let values = values(store).await;
    assert_eq!(values.get(&format!("{listener}: not the next one")), None);
    for counter in COUNTERS {
        let (counted, heard) = (values.get(counter), values.get(&format!("{listener}:{counter}")));
        assert_eq!(heard, counted, "what {listener} heard of {counter} on {:?}", store.engine());
    }
}

#[test]
fn listeners_miss_nothing_however_writers_commit() {
    on_both(|store| async move {
        let all: Vec<Dispatcher> =
            FROM_THE_START.into_iter().chain([LATE]).map(|name| listener(&store, name)).collect();
        Dispatcher::register(&store, &all).await.unwrap();
        let (ids, writing) = (Ids::new(), AtomicBool::new(true));
        let write_all = async {
            join_all((0..WRITERS).map(|writer| write(&store, &ids, writer))).await;
            writing.store(false, Ordering::SeqCst);
        };
        let listen_all = join_all(FROM_THE_START.map(|name| listen(&store, name, &writing)));
        join(write_all, join(sequence(&store, &writing), listen_all)).await;
        for name in FROM_THE_START {
            assert_heard(&store, name).await;
        }
        listen(&store, LATE, &AtomicBool::new(false)).await;
        assert_heard(&store, LATE).await;
    });
}
