//! What operators do with a subscription, within a transaction of its store.

use super::super::feed::Ahead;
use super::dispatcher::Dispatcher;
use super::letters::{self, Letter, LetterState};
use super::rows::{self, Standing};
use super::{Fault, Subscription};
use crate::http::{Problem, kinds};
use crate::store::{Failure, StoreError, Tx};
use crate::{Change, Foundation};

/// Why an operator's command was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    #[error("there is no dead letter at {0}")]
    NoLetter(i64),
    #[error("{0}")]
    StillFails(String),
    #[error("the log begins with {0}")]
    Trimmed(i64),
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for OperateError {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            OperateError::Storage(error) => Some(error),
            OperateError::NoLetter(_) | OperateError::StillFails(_) | OperateError::Trimmed(_) => None,
        }
    }
}

impl From<Fault> for OperateError {
    fn from(fault: Fault) -> OperateError {
        match fault {
            Fault::Storage(error) => OperateError::Storage(error),
            Fault::Refused(why) | Fault::Younger(why) => OperateError::StillFails(why),
        }
    }
}

impl From<&OperateError> for Problem {
    fn from(error: &OperateError) -> Problem {
        match error {
            OperateError::NoLetter(_) => Problem::of(&kinds::DEAD_LETTER_NOT_FOUND),
            OperateError::StillFails(_) => Problem::new(&kinds::EVENT_STILL_FAILS, error),
            OperateError::Trimmed(_) => Problem::new(&kinds::EVENTS_TRIMMED, error),
            OperateError::Storage(error) => error.into(),
        }
    }
}

/// The cursor before a replay, and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    pub from: i64,
    pub to: i64,
}

impl Dispatcher {
    /// Of the module that listens.
    pub fn foundation(&self) -> &Foundation {
        &self.foundation
    }

    /// # Errors
    /// [`StoreError`].
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let name = self.subscription.name();
        self.foundation.store.read(&self.cx(), move |db| rows::standing(db, name)).await
    }

    /// What the source has that is not applied yet.
    ///
    /// # Errors
    /// [`StoreError`], of either store.
    pub async fn ahead(&self) -> Result<Ahead, StoreError> {
        let standing = self.standing().await?;
        self.subscription.feed.ahead(&self.cx(), standing.seq).await
    }

    /// Letters, oldest first, after a place in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters(&self, after: i64, limit: i64) -> Result<Vec<Letter>, StoreError> {
        let name = self.subscription.name();
        self.foundation.store.read(&self.cx(), move |db| letters::list(db, name, after, limit)).await
    }

    /// Has the source keep what follows `after`, for a replay; a `dry_run` only asks whether it is there.
    ///
    /// # Errors
    /// [`OperateError::Trimmed`] when some of it is gone; [`StoreError`], of either store.
    pub async fn keep_after(&self, after: i64, dry_run: bool) -> Result<(), OperateError> {
        let first = self.acknowledge_at_most(if dry_run { i64::MAX } else { after }).await?;
        if after.saturating_add(1) < first { Err(OperateError::Trimmed(first)) } else { Ok(()) }
    }
}

impl Subscription {
    /// Hears no more events until it goes on; then it also tries at once what was put off.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn set_paused(&self, tx: &mut Tx<'_>, paused: bool) -> Result<Standing, OperateError> {
        rows::set_paused(tx, self.name(), paused, None)?;
        Ok(rows::standing(tx, self.name())?)
    }

    /// Applies a dead letter, and all that wait behind it; all or none.
    ///
    /// # Errors
    /// [`OperateError`].
    pub fn retry(&self, tx: &mut Tx<'_>, change: &Change, seq: i64) -> Result<(), OperateError> {
        let letter = self.dead_letter(tx, seq)?;
        self.unpark(tx, change, &letter)
    }

    /// Decides that an event is not to be applied, for the reason in `note`, and applies what waits behind it.
    ///
    /// # Errors
    /// [`OperateError`].
    pub fn discard(
        &self,
        tx: &mut Tx<'_>,
        change: &Change,
        seq: i64,
        note: &str,
    ) -> Result<(), OperateError> {
        let letter = self.dead_letter(tx, seq)?;
        letters::discard(tx, self.name(), seq, note, &change.cx.principal.to_string(), change.now)?;
        self.unpark(tx, change, &letter)
    }

    fn dead_letter(&self, tx: &mut Tx<'_>, seq: i64) -> Result<Letter, OperateError> {
        let letter = letters::find(tx, self.name(), seq)?;
        letter.filter(|letter| letter.state == LetterState::Dead).ok_or(OperateError::NoLetter(seq))
    }

    fn unpark(&self, tx: &mut Tx<'_>, change: &Change, of: &Letter) -> Result<(), OperateError> {
        for logged in letters::waiting(tx, self.name(), &of.event.aggregate_id)? {
            (self.apply)(tx, change, &[&logged])?;
            letters::remove(tx, self.name(), logged.seq)?;
        }
        Ok(())
    }

    /// Hears everything after `after` again; a `dry_run` only tells. Listeners are written so that doing a thing again
    /// changes nothing. [`Dispatcher::keep_after`] sees to it that there is something to hear.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn replay(&self, tx: &mut Tx<'_>, after: i64, dry_run: bool) -> Result<Replay, OperateError> {
        let from = rows::find(tx, self.name())?.seq;
        let to = after.clamp(0, from);
        if !dry_run {
            rows::rewind(tx, self.name(), to)?;
        }
        Ok(Replay { from, to })
    }
}
