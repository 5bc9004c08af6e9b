//! A table goes from one module to another while it is written and read: the steps of `docs/moving-a-table.md`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use platform::events::sequencer;
use platform::events::subscription::Dispatcher;
use platform::store::{Database, Store};
use platform::workers::Workers;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::fixture::{Error, databases, until};
use crate::notes::{ATTIC, BARE_ATTIC, Keeper, Note, STUDY};

/// What is written all the time.
const NAMES: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];
/// Writes between two steps.
const SOME: i64 = 30;

/// What everybody else knows of the notes: whom to ask. It asks the old home first, and the new one if that does not own
/// them; while they are on their way, it asks again.
struct Notes {
    attic: Keeper,
    study: Keeper,
    /// The release after the last step asks the new home only.
    contracted: AtomicBool,
}

impl Notes {
    async fn write(&self, name: &'static str, text: Option<String>) -> i64 {
        loop {
            for keeper in self.keepers() {
                match keeper.write(name, text.clone()).await {
                    Err(Error::Refused) => tokio::task::yield_now().await,
                    written => return written.unwrap(),
                }
            }
        }
    }

    async fn read(&self, name: &'static str) -> Option<Note> {
        loop {
            for keeper in self.keepers() {
                match keeper.read(name).await {
                    Err(Error::Refused) => tokio::task::yield_now().await,
                    read => return read.unwrap(),
                }
            }
        }
    }

    fn keepers(&self) -> impl Iterator<Item = &Keeper> {
        let old = (!self.contracted.load(Ordering::SeqCst)).then_some(&self.attic);
        old.into_iter().chain([&self.study])
    }
}

/// Of each note, the version that was last asked for, and the one that was last acknowledged.
#[derive(Default)]
struct Journal {
    asked: [AtomicI64; NAMES.len()],
    acknowledged: [AtomicI64; NAMES.len()],
    read: AtomicI64,
}

impl Journal {
    fn writes(&self) -> i64 {
        self.acknowledged.iter().map(|version| version.load(Ordering::SeqCst)).sum()
    }
}

/// One writer and one reader, who never stop.
struct Life {
    notes: Arc<Notes>,
    journal: Arc<Journal>,
    over: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

/// What a note says at a version; every fifth time it is taken away.
fn text_at(version: i64) -> Option<String> {
    (version % 5 != 0).then(|| version.to_string())
}

impl Life {
    fn begin(notes: Notes) -> Life {
        let (notes, journal) = (Arc::new(notes), Arc::new(Journal::default()));
        for version in journal.asked.iter().chain(&journal.acknowledged) {
            version.store(1, Ordering::SeqCst);
        }
        let over = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn(write(Arc::clone(&notes), Arc::clone(&journal), Arc::clone(&over)));
        let reader = tokio::spawn(read(Arc::clone(&notes), Arc::clone(&journal), Arc::clone(&over)));
        Life { notes, journal, over, tasks: vec![writer, reader] }
    }

    /// Until some more was written and read.
    async fn goes_on(&self) {
        let (written, read) = (self.journal.writes() + SOME, self.journal.read.load(Ordering::SeqCst) + SOME);
        let more =
            async || self.journal.writes() >= written && self.journal.read.load(Ordering::SeqCst) >= read;
        until(async || more().await || self.tasks.iter().any(JoinHandle::is_finished)).await;
        assert!(!self.tasks.iter().any(JoinHandle::is_finished), "somebody saw what is not so");
    }

    async fn end(self) {
        self.over.store(true, Ordering::SeqCst);
        for task in self.tasks {
            task.await.unwrap();
        }
        for (place, name) in NAMES.into_iter().enumerate() {
            let version = self.journal.acknowledged[place].load(Ordering::SeqCst);
            let note = Note { name: name.to_owned(), text: text_at(version), version };
            assert_eq!(self.notes.study.read(name).await.unwrap(), Some(note), "each write once");
        }
    }
}

async fn write(notes: Arc<Notes>, journal: Arc<Journal>, over: Arc<AtomicBool>) {
    for place in (0..NAMES.len()).cycle() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let version = journal.asked[place].fetch_add(1, Ordering::SeqCst) + 1;
        let written = notes.write(NAMES[place], text_at(version)).await;
        assert_eq!(written, version, "{}: no write is lost or doubled", NAMES[place]);
        journal.acknowledged[place].store(version, Ordering::SeqCst);
    }
}

async fn read(notes: Arc<Notes>, journal: Arc<Journal>, over: Arc<AtomicBool>) {
    for place in (0..NAMES.len()).rev().cycle() {
        if over.load(Ordering::SeqCst) {
            return;
        }
        let least = journal.acknowledged[place].load(Ordering::SeqCst);
        let note = notes.read(NAMES[place]).await.unwrap();
        let most = journal.asked[place].load(Ordering::SeqCst);
        assert!((least..=most).contains(&note.version), "{note:?} is not within {least} and {most}");
        assert_eq!(note.text, text_at(note.version));
        journal.read.fetch_add(1, Ordering::SeqCst);
    }
}

/// What goes on by itself in one release.
async fn release(stores: &[&Store], dispatchers: &[Dispatcher]) -> Workers {
    let workers = Workers::new(Handle::current());
    for dispatcher in dispatchers {
        dispatcher.start(&workers);
    }
    for store in stores {
        sequencer::start(store, &workers);
    }
    workers
}

async fn leave(dispatchers: &[Dispatcher]) {
    for dispatcher in dispatchers {
        dispatcher.leave().await.unwrap();
    }
}

/// From beginning to end; what events have brought already stays.
async fn copy(from: &Keeper, to: &Keeper) {
    let mut after = String::new();
    loop {
        let page = from.page(after).await;
        let Some(last) = page.last() else { return };
        after = last.name.clone();
        to.fill(page).await;
    }
}

async fn all(of: &Keeper) -> Vec<Note> {
    let (mut notes, mut after) = (Vec::new(), String::new());
    loop {
        let page = of.page(after).await;
        let Some(last) = page.last() else { return notes };
        after = last.name.clone();
        notes.extend(page);
    }
}

fn has(copies: &[Note], note: &Note) -> bool {
    copies.iter().any(|copy| copy.name == note.name && copy.version >= note.version)
}

/// Until everything that `from` has now is in `to`, or something newer. Meanwhile it is written on.
async fn copied(from: &Keeper, to: &Keeper) {
    let wanted = all(from).await;
    until(async || {
        let copies = all(to).await;
        wanted.iter().all(|note| has(&copies, note))
    })
    .await;
}

/// A page that was read before an event, and is written after it.
async fn a_late_page_changes_nothing(from: &Keeper, to: &Keeper) {
    let rest = NAMES[NAMES.len() - 1].to_owned();
    from.write("rare", Some("old".to_owned())).await.unwrap();
    let late = from.page(rest.clone()).await;
    from.write("rare", Some("new".to_owned())).await.unwrap();
    copied(from, to).await;
    to.fill(late).await;
    assert_eq!(to.page(rest.clone()).await, from.page(rest).await);
}

async fn owns(keeper: &Keeper) -> bool {
    keeper.read(NAMES[0]).await.is_ok()
}

async fn walk(place: &Database, attic: Keeper, study: Keeper) {
    attic.begin_with(&NAMES).await;
    let (old, new) = (attic.foundation.store.clone(), study.foundation.store.clone());
    let life =
        Life::begin(Notes { attic: attic.clone(), study: study.clone(), contracted: AtomicBool::new(false) });
    life.goes_on().await;

    // Expand: each hears the other.
    let hearing = || [study.follow("study.follow_attic", &attic), attic.follow("attic.follow_study", &study)];
    Dispatcher::register(&new, &hearing()[..1]).await.unwrap();
    Dispatcher::register(&old, &hearing()[1..]).await.unwrap();
    let dispatchers = hearing();
    let workers = release(&[&old, &new], &dispatchers).await;
    life.goes_on().await;

    // Copy; back; and once more.
    copy(&attic, &study).await;
    copied(&attic, &study).await;
    study.forget().await;
    let (kept, copies) = (all(&attic).await, all(&study).await);
    assert!(!kept.iter().all(|note| has(&copies, note)), "it is forgotten");
    life.goes_on().await;
    copy(&attic, &study).await;
    copied(&attic, &study).await;
    a_late_page_changes_nothing(&attic, &study).await;

    // Flip, in a process that dies at once; the next one brings it to its end.
    workers.stop().await;
    leave(&dispatchers).await;
    attic.hand_over().await.unwrap();
    assert!(!owns(&attic).await && !owns(&study).await, "nobody answers what may not be so");
    let workers = release(&[&old, &new], &hearing()).await;
    until(async || owns(&study).await).await;
    life.goes_on().await;
    // Back, and there again.
    study.hand_over().await.unwrap();
    until(async || owns(&attic).await).await;
    life.goes_on().await;
    attic.hand_over().await.unwrap();
    until(async || owns(&study).await).await;
    life.goes_on().await;

    // Contract: first nobody asks the old home any more, then it has nothing left.
    life.notes.contracted.store(true, Ordering::SeqCst);
    life.goes_on().await;
    workers.stop().await;
    Store::migrate(&BARE_ATTIC, place).unwrap();
    Dispatcher::register(&old, &[]).await.unwrap();
    assert!(matches!(attic.read(NAMES[0]).await, Err(Error::Storage(_))), "the table is gone");
    life.goes_on().await;
    life.end().await;
}

#[test]
fn a_table_moves_while_it_is_written_and_read() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let dir = tempfile::tempdir().unwrap();
    for place in databases(&dir) {
        runtime.block_on(async {
            walk(&place, Keeper::open(ATTIC, &place), Keeper::open(STUDY, &place)).await;
        });
    }
}
