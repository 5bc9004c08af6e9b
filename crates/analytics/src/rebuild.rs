//! Making the rows anew from the events.
//!
//! A rebuild fills a generation of its own, from the beginning of every log, while the rows that are there go on being
//! read and fed. Once it has heard as much as they have, one transaction exchanges them. Whoever feeds the rows takes
//! the same lock first, and what was heard is known by its version, so it does not matter who heard an event first, nor
//! that both did. A crash leaves rows that nobody reads, and the next rebuild sweeps them away.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use kernel::CallCtx;
use platform::events::feed::{Heard, Logged};
use platform::events::subscription::{Fault, LetterState, place};
use platform::store::{Failure, StoreError, Tx};

use crate::hear::{PAGE, Source};
use crate::module::AnalyticsModule;
use crate::store::generation::{self, Generation};

/// For one transaction, or one look at a log.
const BUDGET: Duration = Duration::from_secs(30);
const LETTERS: i64 = 10_000;

/// Why the rows could not be made anew. Those that are there are as they were.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    #[error(
        "the log of {source_module} begins with event {first}: what was before it was deleted (events.trim), and rows that are \
         made without it would be others"
    )]
    Trimmed { source_module: &'static str, first: i64 },
    #[error(
        "{subscription} has events that could not be applied; retry or discard them first (holdfast subscriptions letters \
         {subscription})"
    )]
    DeadLetters { subscription: &'static str },
    #[error(
        "the log of {source_module} ends before event {heard}, which was heard: it is another log than it was"
    )]
    AnotherLog { source_module: &'static str, heard: i64 },
    #[error("another rebuild has begun, and goes on in place of this one")]
    Overtaken,
    #[error("event {seq} of {source_module} cannot be applied: {why}")]
    Refused { source_module: &'static str, seq: i64, why: String },
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for RebuildError {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            RebuildError::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// How far a rebuild has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many events of a module were applied.
    Heard { source: &'static str, events: i64 },
    /// The new rows are read from now on.
    Exchanged,
    /// The old rows are gone.
    Swept,
}

/// A log that is being replayed.
struct Replay {
    source: Source,
    seq: i64,
    /// Events that an operator has decided not to apply.
    discarded: BTreeSet<i64>,
}

fn cx() -> CallCtx {
    CallCtx::system("analytics-rebuild", BUDGET)
}

impl AnalyticsModule {
    /// Makes all rows anew from the events, beside a running shop if there is one.
    ///
    /// # Errors
    /// [`RebuildError`].
    pub async fn rebuild(&self, told: impl Fn(Progress)) -> Result<(), RebuildError> {
        let mut replays = Vec::with_capacity(self.sources.len());
        for source in self.sources.iter() {
            replays.push(Replay::begin(source.clone()).await?);
        }
        let store = &self.foundation.store;
        let new: Generation = store.write(&cx(), "analytics.begin_rebuild", generation::begin).await?;
        self.sweep().await?;
        loop {
            for replay in &mut replays {
                while self.step(new, replay).await? {
                    told(Progress::Heard { source: replay.source.feed.source(), events: replay.seq });
                }
            }
            if self.exchange(new, &replays).await? {
                break;
            }
        }
        told(Progress::Exchanged);
        self.sweep().await?;
        told(Progress::Swept);
        Ok(())
    }

    /// Applies the next events of a log; says whether there were any.
    async fn step(&self, new: Generation, replay: &mut Replay) -> Result<bool, RebuildError> {
        let Some(events) = replay.read().await? else { return Ok(false) };
        let last = events.last().map_or(replay.seq, |last| last.seq);
        let (apply, discarded) = (Arc::clone(&replay.source.apply), replay.discarded.clone());
        let source_module = replay.source.feed.source();
        let wanted: Arc<[Logged]> =
            events.into_iter().filter(|logged| !discarded.contains(&logged.seq)).collect();
        let work = move |tx: &mut Tx<'_>| {
            if !generation::is_building(tx, new)? {
                return Err(RebuildError::Overtaken);
            }
            apply(tx, new, &wanted).map_err(|fault| refused(fault, source_module, last))
        };
        self.foundation.store.write(&cx(), "analytics.rebuild", work).await?;
        replay.seq = last;
        Ok(true)
    }

    /// Has the new rows read, if nothing that was heard is missing in them.
    async fn exchange(&self, new: Generation, replays: &[Replay]) -> Result<bool, RebuildError> {
        let places: Vec<(&'static str, &'static str, i64)> = replays
            .iter()
            .map(|replay| (replay.source.name(), replay.source.feed.source(), replay.seq))
            .collect();
        let exchange = move |tx: &mut Tx<'_>| {
            generation::lock_serving(tx)?;
            for (name, source_module, seq) in &places {
                let heard = place(tx, name)?.unwrap_or(0);
                if heard > *seq {
                    return Ok(Err((*source_module, *seq, heard)));
                }
            }
            if generation::serve(tx, new)? { Ok(Ok(())) } else { Err(RebuildError::Overtaken) }
        };
        let exchanged: Result<(), (&'static str, i64, i64)> =
            self.foundation.store.write(&cx(), "analytics.exchange", exchange).await?;
        let Err((source_module, seq, heard)) = exchanged else { return Ok(true) };
        let behind = replays.iter().find(|replay| replay.source.feed.source() == source_module);
        match behind {
            Some(replay) if replay.source.feed.read(&cx(), seq, 1).await?.events.is_empty() => {
                Err(RebuildError::AnotherLog { source_module, heard })
            }
            _ => Ok(false),
        }
    }

    /// Deletes the rows of past generations.
    async fn sweep(&self) -> Result<(), StoreError> {
        let store = &self.foundation.store;
        for past in store.read(&cx(), generation::past).await? {
            while store.write(&cx(), "analytics.sweep", move |tx| generation::sweep(tx, past)).await? {}
        }
        Ok(())
    }
}

fn refused(fault: Fault, source_module: &'static str, seq: i64) -> RebuildError {
    match fault {
        Fault::Storage(error) => RebuildError::Storage(error),
        Fault::Refused(why) | Fault::Younger(why) => RebuildError::Refused { source_module, seq, why },
    }
}

impl Replay {
    async fn begin(source: Source) -> Result<Replay, RebuildError> {
        let source_module = source.feed.source();
        let first = source.feed.ahead(&cx(), 0).await?.first;
        if first > 1 {
            return Err(RebuildError::Trimmed { source_module, first });
        }
        let letters = source.dispatcher.letters(0, LETTERS).await?;
        if letters.iter().any(|letter| letter.state != LetterState::Discarded) {
            return Err(RebuildError::DeadLetters { subscription: source.name() });
        }
        let discarded = letters.into_iter().map(|letter| letter.seq).collect();
        Ok(Replay { source, seq: 0, discarded })
    }

    /// The events that follow; `None` if there are none yet.
    async fn read(&self) -> Result<Option<Vec<Logged>>, RebuildError> {
        let Heard { events, .. } = self.source.feed.read(&cx(), self.seq, PAGE).await?;
        match events.first() {
            None => Ok(None),
            Some(next) if next.seq == self.seq.saturating_add(1) => Ok(Some(events)),
            // Trimmed while it was read.
            Some(next) => {
                Err(RebuildError::Trimmed { source_module: self.source.feed.source(), first: next.seq })
            }
        }
    }
}
