//! What operators do with a subscription.

use std::sync::Arc;

use super::Fault;
use super::dispatcher::Dispatcher;
use super::letters::{self, Letter, LetterState};
use super::rows::{self, Standing};
use crate::store::{Failure, StoreError, Tx};

/// Why an operator's command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    #[error("there is no dead letter at {0}")]
    NoLetter(i64),
    /// Nothing was changed.
    #[error("the event still cannot be applied: {0}")]
    StillFails(String),
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for OperateError {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            OperateError::Storage(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Fault> for OperateError {
    fn from(fault: Fault) -> OperateError {
        match fault {
            Fault::Storage(error) => OperateError::Storage(error),
            Fault::Refused(why) => OperateError::StillFails(why),
        }
    }
}

/// What a replay does, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The cursor before, and after.
    pub from: i64,
    pub to: i64,
}

impl Dispatcher {
    /// # Errors
    /// [`StoreError`].
    pub async fn standing(&self) -> Result<Standing, StoreError> {
        let name = self.subscription.name();
        self.foundation.store.read(&self.cx(), move |db| rows::standing(db, name)).await
    }

    /// Stops hearing events before the next transaction, or goes on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_paused(&self, paused: bool) -> Result<(), StoreError> {
        let name = self.subscription.name();
        let set = move |tx: &mut Tx<'_>| rows::set_paused(tx, name, paused, None);
        self.foundation.store.write(&self.cx(), "platform.pause_subscription", set).await
    }

    /// Letters, oldest first, after a place in the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn letters(&self, after: i64, limit: i64) -> Result<Vec<Letter>, StoreError> {
        let name = self.subscription.name();
        self.foundation.store.read(&self.cx(), move |db| letters::list(db, name, after, limit)).await
    }

    /// Applies a dead letter, and all that wait behind it; all or none.
    ///
    /// # Errors
    /// [`OperateError`].
    pub async fn retry(&self, seq: i64) -> Result<(), OperateError> {
        self.on_letter("platform.retry_letter", seq, |_| Ok(())).await
    }

    /// Decides that an event is not to be applied, for the reason in `note`, and applies what waits behind it.
    ///
    /// # Errors
    /// [`OperateError`].
    pub async fn discard(&self, seq: i64, note: String, actor: String) -> Result<(), OperateError> {
        let (name, now) = (self.subscription.name(), self.foundation.clock.now());
        let discard = move |tx: &mut Tx<'_>| letters::discard(tx, name, seq, &note, &actor, now);
        self.on_letter("platform.discard_letter", seq, discard).await
    }

    async fn on_letter(
        &self,
        command: &'static str,
        seq: i64,
        first: impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), OperateError> {
        let (subscription, foundation, cx) =
            (Arc::clone(&self.subscription), self.foundation.clone(), self.cx());
        self.foundation
            .store
            .write(&self.cx(), command, move |tx| {
                let name = subscription.name();
                let letter = letters::find(tx, name, seq)?;
                let letter = letter.filter(|letter| letter.state == LetterState::Dead);
                let letter = letter.ok_or(OperateError::NoLetter(seq))?;
                first(tx)?;
                for logged in letters::waiting(tx, name, &letter.event.aggregate_id)? {
                    (subscription.apply)(tx, &foundation.change(&cx), &[&logged])?;
                    letters::remove(tx, name, logged.seq)?;
                }
                Ok(())
            })
            .await
    }

    /// Hears everything after `after` again. Listeners are written so that doing a thing again changes nothing. A
    /// `dry_run` only tells.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn replay(&self, after: i64, dry_run: bool) -> Result<Replay, StoreError> {
        let name = self.subscription.name();
        let replay = move |tx: &mut Tx<'_>| {
            let from = rows::find(tx, name)?.seq;
            let to = after.clamp(0, from);
            if !dry_run {
                rows::rewind(tx, name, to)?;
            }
            Ok(Replay { from, to })
        };
        self.foundation.store.write(&self.cx(), "platform.replay_subscription", replay).await
    }
}
