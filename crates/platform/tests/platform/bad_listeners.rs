//! Listeners of other modules that fail and that hang, beside some that do their work.

use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use kernel::{Ids, SystemClock};
use platform::events::feed::LocalFeed;
use platform::events::sequencer;
use platform::events::subscription::{Dispatcher, Fault, Subscription, Told};
use platform::store::{Store, StoreError, Tx};
use platform::workers::Workers;
use platform::{Change, Foundation};
use tokio::runtime::Handle;

use crate::event_log::CounterEvent;
use crate::fixture::{NOW, OWNERSHIP, add, cx, databases, full, value};

const LAG: Duration = Duration::from_secs(2);

/// What a listener does with events.
enum Manner {
    Counts(&'static str),
    Fails,
    Hangs(Mutex<Receiver<()>>),
}

impl Manner {
    fn hear(&self, tx: &mut Tx<'_>, told: &[Told<'_, CounterEvent>]) -> Result<(), Fault> {
        match self {
            Manner::Counts(name) => {
                add(tx, name, i64::try_from(told.len()).unwrap())?;
                Ok(())
            }
            Manner::Fails => Err(Fault::Refused("as always".to_owned())),
            // Until the test is over.
            Manner::Hangs(end) => {
                let _ = end.lock().unwrap().recv();
                Ok(())
            }
        }
    }
}

fn subscribe(producer: &Store, listener: &Store, name: &'static str, manner: Manner) -> Dispatcher {
    let feed = LocalFeed::new(producer.clone(), Arc::new(SystemClock));
    let foundation = Foundation { store: listener.clone(), clock: Arc::new(SystemClock), ids: Ids::new() };
    let hear = move |tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, CounterEvent>]| manner.hear(tx, told);
    Dispatcher::new(foundation, Subscription::new(name, Arc::new(feed), hear))
}

async fn append(producer: &Store) {
    let change = Change { cx: cx(), ids: Ids::new(), now: NOW };
    let append = move |tx: &mut Tx<'_>| {
        let value = add(tx, "a", 1)?;
        change.append(tx, &"a", value, &CounterEvent::Counted { value })
    };
    producer.write::<_, StoreError, _>(&cx(), "append", append).await.unwrap();
}

/// Appends for a while; neither that nor the good listeners may be held up.
async fn assert_unaffected(producer: &Store, good: [(&Store, &'static str); 2]) {
    let (began, lasts) = (Instant::now(), Duration::from_secs(if full() { 60 } else { 3 }));
    let mut appended = 0;
    while began.elapsed() < lasts {
        let before = Instant::now();
        append(producer).await;
        appended += 1;
        for (store, name) in good {
            while value(store, name).await != Some(appended) {
                assert!(
                    before.elapsed() < LAG,
                    "{name} lags after {appended} events on {:?}",
                    store.engine()
                );
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }
    assert!(appended > 20, "too little was done for the test to mean anything");
}

async fn story([producer, failing, hanging, good]: [Store; 4]) {
    let (end, ended) = mpsc::channel();
    let beside = subscribe(&producer, &failing, "beside", Manner::Counts("heard beside"));
    let fails = subscribe(&producer, &failing, "fails", Manner::Fails);
    let hangs = subscribe(&producer, &hanging, "hangs", Manner::Hangs(Mutex::new(ended)));
    let counts = subscribe(&producer, &good, "counts", Manner::Counts("heard"));
    let workers = Workers::new(Handle::current());
    sequencer::start(&producer, &workers);
    for (store, subscriptions) in
        [(&failing, vec![beside, fails.clone()]), (&hanging, vec![hangs]), (&good, vec![counts])]
    {
        Dispatcher::register(store, &subscriptions).await.unwrap();
        subscriptions.iter().for_each(|subscription| subscription.start(&workers));
    }
    assert_unaffected(&producer, [(&failing, "heard beside"), (&good, "heard")]).await;
    let standing = fails.standing().await.unwrap();
    assert!(standing.attempts > 0 && standing.last_error.is_some(), "{standing:?}");
    drop(end);
    workers.stop().await;
}

#[test]
fn listeners_that_fail_or_hang_hold_nobody_else_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dirs = [(); 4].map(|()| tempfile::tempdir().unwrap());
    let modules = dirs.each_ref().map(databases);
    for engine in [|[sqlite, _]: [_; 2]| sqlite, |[_, postgres]: [_; 2]| postgres] {
        runtime.block_on(async {
            let stores = modules.clone().map(|of_module| {
                let database = engine(of_module);
                Store::migrate(&OWNERSHIP, &database).unwrap();
                Store::open(OWNERSHIP, &database, Handle::current()).unwrap()
            });
            story(stores).await;
        });
    }
}
