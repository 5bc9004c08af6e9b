//! A store that goes from one database to another.

use std::fs::File;
use std::path::Path;

use diesel::prelude::*;
use kernel::{Clock, Timestamp};
use platform::events::listen;
use platform::on;
use platform::store::{
    Database, Db, Document, Json, Key, Migrations, Moment, Ownership, Standstill, Store, StoreError, Time,
    Tx, Uid,
};
use platform::transfer::{self, Contents, Draft};
use platform::workers::Workers;
use tokio::runtime::Handle;
use uuid::Uuid;

use crate::fixture::{NOW, OWNERSHIP, cx, databases, label, until, value};
use crate::subscriptions::Follower;

diesel::table! {
    use diesel::sql_types::*;
    use super::{Document, Moment, Uid};

    things (id) {
        id -> Uid,
        seen -> Nullable<Bool>,
        small -> Nullable<Integer>,
        at -> Nullable<Moment>,
        day -> Nullable<Date>,
        doc -> Nullable<Document>,
        raw -> Nullable<Binary>,
        said -> Nullable<Text>,
        above -> Nullable<Uid>,
        best -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::Uid;

    parts (seq) {
        seq -> BigInt,
        thing -> Uid,
    }
}

#[derive(Clone, Debug, PartialEq, Insertable, Queryable)]
struct Thing {
    id: Key,
    seen: Option<bool>,
    small: Option<i32>,
    at: Option<Time>,
    day: Option<chrono::NaiveDate>,
    doc: Option<Json>,
    raw: Option<Vec<u8>>,
    said: Option<String>,
    above: Option<Key>,
    best: Option<i64>,
}

fn key(number: u128) -> Key {
    Key(Uuid::from_u128(number))
}

/// As PostgreSQL would write it, so that it comes back as it went.
const DOCUMENT: &str = r#"{"a": [1, 2.50, null, true, {"ü": "\"\\\n"}], "much": 12345678901234567890}"#;

/// Everything that a column may hold, and one that refers to a row which comes after it.
fn things(said: &str) -> Vec<Thing> {
    let at = |micros| Some(Time(Timestamp::from_micros(micros)));
    let full = Thing {
        id: key(1),
        seen: Some(true),
        small: Some(i32::MIN),
        at: at(253_402_300_799_999_999),
        day: chrono::NaiveDate::from_ymd_opt(2024, 2, 29),
        doc: Some(Json(DOCUMENT.to_owned())),
        raw: Some((0..=255).collect()),
        said: Some(said.to_owned()),
        above: Some(key(u128::MAX)),
        best: None,
    };
    let other = Thing {
        id: key(u128::MAX),
        seen: Some(false),
        small: Some(0),
        at: at(-1),
        day: None,
        doc: Some(Json("[]".to_owned())),
        raw: Some(Vec::new()),
        said: Some(String::new()),
        above: Some(key(u128::MAX)),
        best: None,
    };
    let nothing = Thing {
        id: key(2),
        seen: None,
        small: None,
        at: None,
        day: None,
        doc: None,
        raw: None,
        said: None,
        above: None,
        best: None,
    };
    vec![other, full, nothing]
}

async fn add_things(store: &Store, said: &'static str) {
    let add = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
        for thing in things(said) {
            on!(tx, |conn| diesel::insert_into(things::table).values(&thing).execute(conn))?;
        }
        Ok(())
    };
    store.write(&cx(), "things", add).await.unwrap();
}

async fn stored_things(store: &Store) -> Vec<Thing> {
    let read = |db: &mut Db<'_>| -> Result<Vec<Thing>, StoreError> {
        Ok(on!(db, |conn| things::table.order(things::id).load(conn))?)
    };
    store.read(&cx(), read).await.unwrap()
}

/// Its number.
async fn add_part(store: &Store, of: Key) -> i64 {
    let add = move |tx: &mut Tx<'_>| -> Result<i64, StoreError> {
        let seq: i64 = on!(tx, |conn| diesel::insert_into(parts::table)
            .values(parts::thing.eq(of))
            .returning(parts::seq)
            .get_result(conn))?;
        on!(tx, |conn| diesel::update(things::table.find(of)).set(things::best.eq(seq)).execute(conn))?;
        Ok(seq)
    };
    store.write(&cx(), "part", add).await.unwrap()
}

async fn take_part_away(store: &Store, seq: i64) {
    let take = move |tx: &mut Tx<'_>| -> Result<(), StoreError> {
        let to_it = things::table.filter(things::best.eq(seq));
        on!(tx, |conn| diesel::update(to_it).set(things::best.eq(None::<i64>)).execute(conn))?;
        on!(tx, |conn| diesel::delete(parts::table.find(seq)).execute(conn))?;
        Ok(())
    };
    store.write(&cx(), "part", take).await.unwrap();
}

fn fresh(database: &Database, ownership: Ownership) -> Store {
    Store::migrate(&ownership, database).unwrap();
    Store::open(ownership, database, Handle::current()).unwrap()
}

async fn export(store: &Store, path: &Path) -> Contents {
    let (_, contents) = transfer::export(store, &cx(), NOW, File::create(path).unwrap()).await.unwrap();
    contents
}

fn on_runtime(story: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(story);
}

/// Two events are heard, one cannot be applied, one is parked behind it, one is yet to be heard; and the last part
/// that was numbered is gone.
async fn busy(store: Store) -> Follower {
    let follower = Follower::start(store).await;
    for name in ["a", "bad", "bad", "bad"] {
        follower.append(name).await;
    }
    follower.sequence().await;
    for _ in 0..8 {
        follower.clock.advance(std::time::Duration::from_secs(600));
        follower.dispatcher().catch_up().await.unwrap();
    }
    assert_eq!(follower.dispatcher().standing().await.unwrap().dead, 1);
    follower.append("a").await;
    add_things(&follower.store, "'\"\\\r\n\u{1}…€ 🛒 {").await;
    for of in [key(1), key(1), key(2)] {
        add_part(&follower.store, of).await;
    }
    take_part_away(&follower.store, 3).await;
    follower
}

#[test]
fn a_store_goes_to_either_engine_and_goes_on_there() {
    on_runtime(async {
        for from in 0..2 {
            for to in 0..2 {
                let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
                let (from, to) = (&databases(&here)[from], &databases(&there)[to]);
                let follower = busy(fresh(from, OWNERSHIP)).await;
                let file = here.path().join("counting.jsonl");
                let exported = export(&follower.store, &file).await;
                assert_eq!(exported.sequences["event_log"], 5, "{from:?} {to:?}");
                assert_eq!(exported.sequences["parts"], 3, "{from:?} {to:?}");

                let moved = fresh(to, OWNERSHIP);
                assert_eq!(transfer::import(&moved, &cx(), &file).await.unwrap(), exported);
                assert_eq!(transfer::contents(&moved, &cx()).await.unwrap(), exported, "{from:?} {to:?}");
                assert_eq!(stored_things(&moved).await, stored_things(&follower.store).await);
                goes_on(moved, &follower).await;
            }
        }
    });
}

async fn goes_on(store: Store, before: &Follower) {
    assert_eq!(add_part(&store, key(2)).await, 4, "no number is given out twice");
    let follower = Follower::start(store).await;
    follower.clock.set(before.clock.now());
    follower.append("a").await;
    follower.catch_up().await;
    let standing = follower.dispatcher().standing().await.unwrap();
    assert_eq!((standing.seq, standing.dead), (6, 1), "{standing:?}");
    assert!(!standing.paused, "the log is the one it was");
    assert_eq!(value(&follower.store, "heard:a").await, Some(3), "each once");
    assert_eq!(value(&follower.store, "heard:bad").await, Some(1), "not before the one at fault");
    assert_eq!(value(&follower.store, "out of order").await, None);
}

/// Imports a file that was changed by `change`, which must be refused with these words and leave nothing.
async fn is_refused(store: &Store, file: &Path, words: &str, change: impl FnOnce(&str) -> String) {
    let before = transfer::contents(store, &cx()).await.unwrap();
    let changed = file.with_extension("changed");
    std::fs::write(&changed, change(&std::fs::read_to_string(file).unwrap())).unwrap();
    let error = transfer::import(store, &cx(), &changed).await.unwrap_err();
    assert!(error.to_string().contains(words), "{words}: {error}");
    assert_eq!(transfer::contents(store, &cx()).await.unwrap(), before, "{words}");
}

/// The lines of a file, changed.
fn with_lines(text: &str, change: impl FnOnce(&mut Vec<&str>)) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    change(&mut lines);
    lines.join("\n") + "\n"
}

#[test]
fn a_file_that_is_not_as_it_was_written_changes_nothing() {
    on_runtime(async {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let follower = busy(fresh(&databases(&here)[0], OWNERSHIP)).await;
        let file = here.path().join("counting.jsonl");
        export(&follower.store, &file).await;
        for database in databases(&there) {
            let store = fresh(&database, OWNERSHIP);
            is_refused(&store, &file, "no file that", |_| String::new()).await;
            is_refused(&store, &file, "version 2", |text| text.replacen("\"version\":1", "\"version\":2", 1))
                .await;
            is_refused(&store, &file, "cut off", |text| text[..text.len() / 2].to_owned()).await;
            is_refused(&store, &file, "cut off", |text| text[..text.len() - 1].to_owned()).await;
            is_refused(&store, &file, "cut off", |text| {
                with_lines(text, |lines| lines.truncate(lines.len() - 1))
            })
            .await;
            is_refused(&store, &file, "follows the end", |text| text.to_owned() + "\n").await;
            is_refused(&store, &file, "altered", |text| text.replacen("sqlite", "sqlit3", 1)).await;
            is_refused(&store, &file, "not those that were written: event_log", |text| {
                text.replacen("\"counter.counted\"", "\"counter.recount\"", 1)
            })
            .await;
            let row = |lines: &[&str]| lines.iter().position(|line| line.starts_with('[')).unwrap();
            is_refused(&store, &file, "not those that were written", |text| {
                with_lines(text, |lines| _ = lines.remove(row(lines)))
            })
            .await;
            is_refused(&store, &file, "without a table", |text| {
                with_lines(text, |lines| _ = lines.remove(1))
            })
            .await;
            is_refused(&store, &file, "is not expected here", |text| {
                with_lines(text, |lines| lines.insert(1, lines[1]))
            })
            .await;
            is_refused(&store, &file, "values for", |text| text.replacen("\n[", "\n[null,", 1)).await;
        }
    });
}

const ANOTHER: Ownership = Ownership { module: "another", schema: "another", ..OWNERSHIP };
const FEWER: Ownership = {
    const NONE: diesel_migrations::EmbeddedMigrations =
        diesel_migrations::embed_migrations!("tests/migrations/none");
    Ownership { migrations: Migrations { postgres: &NONE, sqlite: &NONE }, ..OWNERSHIP }
};

#[test]
fn a_store_takes_only_what_is_its_own_and_only_once() {
    on_runtime(async {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let follower = busy(fresh(&databases(&here)[0], OWNERSHIP)).await;
        let file = here.path().join("counting.jsonl");
        export(&follower.store, &file).await;
        let unchanged = str::to_owned;
        for database in databases(&there) {
            let store = fresh(&database, ANOTHER);
            is_refused(&store, &file, "holds the store of counting, not of another", unchanged).await;
            let store = fresh(&database, FEWER);
            is_refused(&store, &file, "only in the file: 0001, 0002", unchanged).await;
            let store = fresh(&database, OWNERSHIP);
            transfer::import(&store, &cx(), &file).await.unwrap();
            is_refused(&store, &file, "not empty", unchanged).await;
        }
        for database in databases(&tempfile::tempdir().unwrap()) {
            let store = fresh(&database, OWNERSHIP);
            let write = |tx: &mut Tx<'_>| label(tx, "a", "b");
            store.write::<_, StoreError, _>(&cx(), "label", write).await.unwrap();
            is_refused(&store, &file, "there are rows in labels", unchanged).await;
        }
    });
}

#[test]
fn what_the_other_engine_does_not_take_leaves_nothing() {
    on_runtime(async {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let store = fresh(&databases(&here)[0], OWNERSHIP);
        add_things(&store, "a\0b").await;
        let file = here.path().join("counting.jsonl");
        export(&store, &file).await;
        let [_, postgres] = databases(&there);
        is_refused(&fresh(&postgres, OWNERSHIP), &file, "table things", str::to_owned).await;
        let sqlite = fresh(&databases(&there)[0], OWNERSHIP);
        transfer::import(&sqlite, &cx(), &file).await.unwrap();
    });
}

#[test]
fn nobody_serves_a_database_that_stands_still() {
    on_runtime(async {
        let [_, database] = databases(&tempfile::tempdir().unwrap());
        let Database::Postgres { url, .. } = &database else { unreachable!() };
        let store = fresh(&database, OWNERSHIP);
        let stands_still = || Standstill::of(url).unwrap();
        let held = stands_still();
        assert!(held.is_some() && stands_still().is_none(), "one at a time");
        drop(held);
        let workers = Workers::new(Handle::current());
        listen::start(&[store], &workers);
        until(async || stands_still().is_none()).await;
        workers.stop().await;
        until(async || stands_still().is_some()).await;
    });
}

#[test]
fn a_file_has_its_name_when_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.jsonl");
    let mut draft = Draft::create(&path).unwrap();
    std::io::Write::write_all(&mut draft, b"all").unwrap();
    assert!(!path.exists());
    draft.keep().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"all");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing else is left");
    Draft::create(&path).unwrap_err();
}
