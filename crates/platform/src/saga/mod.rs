//! Work that crosses modules and must come to an end.
//!
//! A saga is a row in the store of the module that leads it, from its first durable effect until its outcome is known; the
//! transaction that writes the outcome removes the row. Its steps are commands of other modules, keyed by the saga, so
//! doing one again is doing it once, and no step needs a note of its own. What a saga did and cannot keep is undone by those
//! who did it: they hear of its outcome by the leading module's event, also if their step never answered.
//!
//! Whose work a saga is, a lease says; what is correct, the *epoch*. Each owner writes under the epoch it got the saga with
//! ([`lock`], [`wait`]), so an owner that was overtaken while it slept writes nothing. A saga whose lease has run out is
//! taken up by a [`Runner`], on any instance. It may *wait* for an event, and be [woken](wake) by it. One that fails again
//! and again, other than by an outage, is *stuck*, and an operator decides.

mod lead;
mod operate;
mod own;
mod rows;
mod runner;

use kernel::{BoxFut, CallCtx, Id, IdKind};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::lead::{New, end, find, list, lock, start, wait, wake};
pub use self::operate::{Operable, OperateError, ensure_known};
pub use self::rows::{Standing, State};
pub use self::runner::{LEASE, Runner};
use crate::store::{Key, StoreError, Tx};
use crate::{Change, Foundation};

/// What an owner writes under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    pub id: Key,
    pub epoch: i64,
}

impl Hold {
    /// Of whoever starts the saga.
    pub fn first(id: Key) -> Hold {
        Hold { id, epoch: 1 }
    }
}

/// A saga that was taken up.
#[derive(Clone, Debug)]
pub struct Taken<D> {
    pub hold: Hold,
    pub data: D,
}

/// How far a saga got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Its outcome is known, or it is somebody else's by now.
    Over,
    /// It waits for something to happen.
    Waits,
}

/// Why a saga got no further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Setback {
    /// Somebody cannot be reached. That says nothing about the saga: it is tried again for as long as it takes.
    #[error("{0}")]
    Outage(String),
    /// A step failed in a way that time need not cure. After some attempts the saga is stuck.
    #[error("{0}")]
    Failed(String),
}

/// A kind of saga.
pub trait Saga: Clone + Send + Sync + 'static {
    /// Stable: its rows are stored under it.
    const NAME: &'static str;
    /// What its id identifies.
    type Kind: IdKind;
    /// Everything that it needs to go on.
    type Data: Serialize + DeserializeOwned + Send + 'static;

    fn foundation(&self) -> &Foundation;

    /// Goes on from where it stands, to its end or until it has to wait.
    fn resume<'a>(
        &'a self,
        cx: &'a CallCtx,
        taken: Taken<Self::Data>,
    ) -> BoxFut<'a, Result<Progress, Setback>>;

    /// Ends a saga that an operator gives up, in this transaction, so that whatever it did is undone.
    ///
    /// # Errors
    /// [`StoreError`], which ends the transaction.
    fn give_up(
        &self,
        tx: &mut Tx<'_>,
        change: &Change,
        taken: Taken<Self::Data>,
        note: &str,
    ) -> Result<(), StoreError>;
}

/// The text of a saga's id.
fn text_of<S: Saga>(id: Key) -> String {
    Id::<S::Kind>::from_uuid(id.0).to_string()
}
