//! Two modules that can both keep the notes: at any time one of them owns them. Step by step in `docs/moving-a-table.md`.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use kernel::{Clock, Event, Ids, SystemClock};
use platform::events::feed::LocalFeed;
use platform::events::subscription::{Dispatcher, Fault, Subscription, Told};
use platform::store::{Database, Migrations, Ownership, Store, StoreError, Tx};
use platform::{Change, Foundation, insert_all, on, on_locked};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;

use crate::fixture::{Error, cx};

diesel::table! {
    notes (name) {
        name -> Text,
        text -> Nullable<Text>,
        version -> BigInt,
    }
}

diesel::table! {
    home (one) {
        one -> Integer,
        owns -> Integer,
        turn -> BigInt,
    }
}

const NOTES: EmbeddedMigrations = embed_migrations!("tests/migrations/notes");
const CONTRACT: EmbeddedMigrations = embed_migrations!("tests/migrations/notes_contract");

const fn keeper(module: &'static str, migrations: &'static EmbeddedMigrations) -> Ownership {
    Ownership { module, schema: module, migrations: Migrations { postgres: migrations, sqlite: migrations } }
}

/// Has the notes at first.
pub(crate) const ATTIC: Ownership = keeper("attic", &NOTES);
/// Is to have them.
pub(crate) const STUDY: Ownership = keeper("study", &NOTES);
/// The attic's next release, which knows nothing of notes.
pub(crate) const BARE_ATTIC: Ownership = keeper("attic", &CONTRACT);

#[derive(Clone, Debug, PartialEq, Queryable, Insertable)]
#[diesel(table_name = notes)]
pub(crate) struct Note {
    pub(crate) name: String,
    pub(crate) text: Option<String>,
    pub(crate) version: i64,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum NoteEvent {
    #[serde(rename = "note.written")]
    Written { text: Option<String>, version: i64 },
    /// The last event of its owner; whoever hears it is the next one.
    #[serde(rename = "note.handed_over")]
    HandedOver { turn: i64 },
}

impl Event for NoteEvent {
    const AGGREGATE: &'static str = "note";
    const TYPES: &'static [&'static str] = &["note.written", "note.handed_over"];

    fn event_type(&self) -> &'static str {
        match self {
            NoteEvent::Written { .. } => "note.written",
            NoteEvent::HandedOver { .. } => "note.handed_over",
        }
    }
}

/// A module that may be the owner.
#[derive(Clone)]
pub(crate) struct Keeper {
    pub(crate) foundation: Foundation,
}

impl Keeper {
    pub(crate) fn open(ownership: Ownership, database: &Database) -> Keeper {
        Store::migrate(&ownership, database).unwrap();
        let store = Store::open(ownership, database, Handle::current()).unwrap();
        Keeper { foundation: Foundation { store, clock: Arc::new(SystemClock), ids: Ids::new() } }
    }

    async fn change<R: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>, &Change) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let change = self.foundation.change(&cx());
        self.foundation.store.write(&cx(), "notes", move |tx| work(tx, &change)).await
    }

    /// Whatever was written before anybody listened: without events.
    pub(crate) async fn begin_with(&self, names: &'static [&'static str]) {
        let begin = move |tx: &mut Tx<'_>, _: &Change| {
            on!(tx, |conn| diesel::update(home::table).set(home::owns.eq(1)).execute(conn))
                .map_err(StoreError::from)?;
            let note =
                |name: &&str| Note { name: (*name).to_owned(), text: Some("1".to_owned()), version: 1 };
            Ok(keep_newest(tx, &names.iter().map(note).collect::<Vec<_>>())?)
        };
        self.change(begin).await.unwrap();
    }

    /// The version that the note has now; refused by who does not own it.
    pub(crate) async fn write(&self, name: &'static str, text: Option<String>) -> Result<i64, Error> {
        let write = move |tx: &mut Tx<'_>, change: &Change| {
            ensure_owner(tx)?;
            let last: Option<i64> =
                on!(tx, |conn| notes::table.find(name).select(notes::version).first(conn).optional())
                    .map_err(StoreError::from)?;
            let version = last.unwrap_or(0) + 1;
            let text = text.clone();
            keep_newest(tx, &[Note { name: name.to_owned(), text: text.clone(), version }])?;
            change.append(tx, &name, version, &NoteEvent::Written { text, version })?;
            Ok(version)
        };
        self.change(write).await
    }

    /// The note as it is; refused by who does not own it.
    pub(crate) async fn read(&self, name: &'static str) -> Result<Option<Note>, Error> {
        let read = move |db: &mut platform::store::Db<'_>| {
            let owns: i32 =
                on!(db, |conn| home::table.select(home::owns).first(conn)).map_err(StoreError::from)?;
            if owns == 0 {
                return Err(Error::Refused);
            }
            Ok(on!(db, |conn| notes::table.find(name).first(conn).optional()).map_err(StoreError::from)?)
        };
        self.foundation.store.read(&cx(), read).await
    }

    /// Up to three rows after this name, whoever owns them: what the other one fills its table from.
    pub(crate) async fn page(&self, after: String) -> Vec<Note> {
        let read = move |db: &mut platform::store::Db<'_>| -> Result<Vec<Note>, StoreError> {
            let page = notes::table.filter(notes::name.gt(&after)).order(notes::name).limit(3);
            Ok(on!(db, |conn| page.load(conn))?)
        };
        self.foundation.store.read(&cx(), read).await.unwrap()
    }

    /// Takes rows in, unless there are newer ones: events may have been faster.
    pub(crate) async fn fill(&self, page: Vec<Note>) {
        self.change(move |tx, _| Ok(keep_newest(tx, &page)?)).await.unwrap();
    }

    /// The way back from the copy.
    pub(crate) async fn forget(&self) {
        let forget = |tx: &mut Tx<'_>, _: &Change| {
            on!(tx, |conn| diesel::delete(notes::table).execute(conn)).map_err(StoreError::from)?;
            Ok(())
        };
        self.change(forget).await.unwrap();
    }

    /// From this commit on nobody owns the notes, until the other one has heard everything up to here.
    pub(crate) async fn hand_over(&self) -> Result<(), Error> {
        let hand_over = |tx: &mut Tx<'_>, change: &Change| {
            let turn = ensure_owner(tx)? + 1;
            on!(tx, |conn| diesel::update(home::table)
                .set((home::owns.eq(0), home::turn.eq(turn)))
                .execute(conn))
            .map_err(StoreError::from)?;
            Ok(change.append(tx, &"notes", turn, &NoteEvent::HandedOver { turn })?)
        };
        self.change(hand_over).await
    }

    /// Keeps the table like the other one's while that is the owner.
    pub(crate) fn follow(&self, name: &'static str, other: &Keeper) -> Dispatcher {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let feed = Arc::new(LocalFeed::new(other.foundation.store.clone(), clock));
        let hear = |tx: &mut Tx<'_>, _: &Change, told: &[Told<'_, NoteEvent>]| {
            told.iter().try_for_each(|told| hear(tx, &told.envelope.aggregate_id, told.event))
        };
        Dispatcher::new(self.foundation.clone(), Subscription::new(name, feed, hear))
    }
}

fn hear(tx: &mut Tx<'_>, name: &str, event: &NoteEvent) -> Result<(), Fault> {
    match event {
        NoteEvent::Written { text, version } => {
            let note = Note { name: name.to_owned(), text: text.clone(), version: *version };
            keep_newest(tx, &[note])?;
        }
        NoteEvent::HandedOver { turn } => {
            let older = home::table.filter(home::turn.lt(turn));
            on!(tx, |conn| diesel::update(older).set((home::owns.eq(1), home::turn.eq(turn))).execute(conn))
                .map_err(StoreError::from)?;
        }
    }
    Ok(())
}

fn keep_newest(tx: &mut Tx<'_>, rows: &[Note]) -> Result<(), StoreError> {
    insert_all!(
        tx, notes, rows, { name: Text, text: Nullable<Text>, version: BigInt },
        "ON CONFLICT (name) DO UPDATE SET text = excluded.text, version = excluded.version WHERE notes.version < excluded.version"
    )?;
    Ok(())
}

/// The lock makes a hand-over wait for writes that are under way, and later writes for the hand-over.
fn ensure_owner(tx: &mut Tx<'_>) -> Result<i64, Error> {
    let (owns, turn): (i32, i64) =
        on_locked!(tx, home::table.select((home::owns, home::turn)), |query, conn| query.first(conn))
            .map_err(StoreError::from)?;
    if owns == 1 { Ok(turn) } else { Err(Error::Refused) }
}
