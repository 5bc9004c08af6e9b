use std::time::Duration;

use diesel::{Connection, PgConnection, RunQueryDsl};
use platform::events::feed::Feed;
use platform::events::listen;
use platform::store::{Database, Store};
use platform::workers::Workers;
use tokio::runtime::Handle;

use crate::fixture::{OWNERSHIP, cx, databases, until, value};
use crate::subscriptions::Follower;

/// Nobody looks by itself within this test.
const NEVER: Duration = Duration::from_secs(3600);

/// Two instances on one database: one listens, events happen at the other.
struct Pair {
    here: Follower,
    there: Follower,
    url: String,
    workers: Workers,
}

impl Pair {
    async fn start(database: &Database) -> Pair {
        Store::migrate(&OWNERSHIP, database).unwrap();
        let open = || Store::open(OWNERSHIP, database, Handle::current()).unwrap();
        let Database::Postgres { url, .. } = database else { unreachable!() };
        let (here, there) = (Follower::start(open()).await, Follower::start(open()).await);
        let workers = Workers::new(Handle::current());
        here.dispatcher().look_every(NEVER).start(&workers);
        Pair { here, there, url: url.clone(), workers }
    }

    /// Until the listener has found nothing, and waits for the bell.
    async fn rests(&self) {
        until(async || self.here.dispatcher().standing().await.unwrap().heard_until.is_some()).await;
    }

    async fn happens_there(&self) {
        self.there.append("a").await;
        self.there.sequence().await;
    }

    async fn is_heard_here(&self, times: i64) {
        until(async || value(&self.here.store, "heard:a").await == Some(times)).await;
    }

    fn connection(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    fn listens(&self) -> bool {
        let sql = format!("SELECT 1 {LISTENERS} AND state = 'idle'");
        diesel::sql_query(sql).execute(&mut self.connection()).unwrap() > 0
    }

    /// Ends the connections that listen, and says how many there were.
    fn hang_up(&self) -> usize {
        let sql = format!("SELECT pg_terminate_backend(pid) {LISTENERS}");
        diesel::sql_query(sql).execute(&mut self.connection()).unwrap()
    }
}

async fn generation(of: &Follower) -> u64 {
    of.feed().read(&cx(), 0, 1).await.unwrap().generation
}

const LISTENERS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'";

/// The story of two instances, of which one listens for both stores.
fn on_two_instances(test: &impl AsyncFn(&Pair)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let [_, postgres] = databases(&tempfile::tempdir().unwrap());
    runtime.block_on(async {
        let pair = Pair::start(&postgres).await;
        listen::start(&[pair.here.store.clone(), pair.there.store.clone()], &pair.workers);
        until(async || pair.listens()).await;
        pair.rests().await;
        until(async || generation(&pair.there).await > 0).await;
        test(&pair).await;
        pair.workers.stop().await;
    });
}

#[test]
fn an_event_of_one_instance_rings_at_the_other() {
    on_two_instances(&async |pair| {
        for times in 1..=3 {
            pair.happens_there().await;
            pair.is_heard_here(times).await;
        }
    });
}

#[test]
fn a_listener_that_was_cut_off_comes_back_and_has_missed_nothing() {
    on_two_instances(&async |pair| {
        assert_eq!(pair.hang_up(), 1, "one connection, however many stores");
        pair.happens_there().await;
        pair.is_heard_here(1).await;
        pair.happens_there().await;
        pair.is_heard_here(2).await;
    });
}

#[test]
fn what_happens_here_rings_once() {
    on_two_instances(&async |pair| {
        let (here, there) = (generation(&pair.here).await, generation(&pair.there).await);
        pair.here.append("a").await;
        pair.here.sequence().await;
        // One worker listens for both.
        until(async || generation(&pair.there).await > there).await;
        assert_eq!(generation(&pair.here).await, here + 1);
    });
}
