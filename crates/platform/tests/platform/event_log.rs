use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use futures_util::future::join_all;
use kernel::{Event, Ids};
use platform::events::{self, sequencer};
use platform::store::{Engine, Store, StoreError};
use platform::{Change, on};
use serde::{Deserialize, Serialize};

use crate::fixture::{Error, NOW, add, cx, on_both};

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub(crate) enum CounterEvent {
    #[serde(rename = "counter.counted")]
    Counted { value: i64 },
}

impl Event for CounterEvent {
    const AGGREGATE: &'static str = "counter";
    const TYPES: &'static [&'static str] = &["counter.counted"];

    fn event_type(&self) -> &'static str {
        "counter.counted"
    }
}

#[derive(diesel::QueryableByName)]
struct Logged {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = Text)]
    aggregate_id: String,
    #[diesel(sql_type = BigInt)]
    aggregate_version: i64,
}

async fn count(store: &Store, ids: &Ids, name: &'static str, fails: bool) -> Result<(), Error> {
    let ids = ids.clone();
    store
        .write(&cx(), "count", move |tx| {
            let value = add(tx, name, 1)?;
            let change = Change { cx: cx(), ids: ids.clone(), now: NOW };
            change.append(tx, &name, value, &CounterEvent::Counted { value })?;
            if fails { Err(Error::Refused) } else { Ok(()) }
        })
        .await
}

async fn log(store: &Store) -> Vec<Logged> {
    if store.engine() == Engine::Postgres {
        while sequencer::run_once(store, &cx()).await.unwrap() > 0 {}
    }
    let rows: Result<Vec<Logged>, StoreError> = store
        .read(&cx(), |db| {
            let sql = "SELECT seq, aggregate_id, aggregate_version FROM event_log ORDER BY seq";
            Ok(on!(db, |conn| diesel::sql_query(sql).load(conn))?)
        })
        .await;
    rows.unwrap()
}

#[test]
fn the_log_is_gapless_and_ordered_per_aggregate_whoever_writes() {
    on_both(|store| async move {
        let ids = Ids::new();
        let names = ["a", "b", "c"];
        for round in 0..20 {
            let writers = names.iter().flat_map(|name| [*name; 2]).enumerate();
            let all =
                join_all(writers.map(|(i, name)| count(&store, &ids, name, (i + round) % 5 == 0))).await;
            assert!(all.iter().any(Result::is_ok));
            if round % 3 == 0 && store.engine() == Engine::Postgres {
                let cx = cx();
                let (one, other) = (sequencer::run_once(&store, &cx), sequencer::run_once(&store, &cx));
                let (one, other) = futures_util::future::join(one, other).await;
                one.and(other).unwrap();
            }
        }
        let log = log(&store).await;
        assert!(log.iter().map(|row| row.seq).eq(1..=i64::try_from(log.len()).unwrap()), "gapless");
        for name in names {
            let versions: Vec<i64> =
                log.iter().filter(|row| row.aggregate_id == name).map(|row| row.aggregate_version).collect();
            assert!(
                versions.iter().copied().eq(1..=i64::try_from(versions.len()).unwrap()),
                "{name}: {versions:?}"
            );
        }
    });
}

#[test]
fn events_are_counted_before_and_after_they_are_sequenced() {
    on_both(|store| async move {
        let ids = Ids::new();
        count(&store, &ids, "a", false).await.unwrap();
        let counted = |store: Store| async move {
            let of = ["a".to_owned(), "b".to_owned()];
            store.read(&cx(), move |db| events::count(db, "counter.counted", &of)).await.unwrap()
        };
        assert_eq!(counted(store.clone()).await, [("a".to_owned(), 1)].into());
        log(&store).await;
        assert_eq!(counted(store.clone()).await, [("a".to_owned(), 1)].into());
    });
}
