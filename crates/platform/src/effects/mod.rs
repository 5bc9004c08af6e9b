//! Calls to the outside world: mails, webhooks, whatever no transaction can take back.
//!
//! A transaction that decides on one writes an *effect*, which commits with the decision or not at all. A worker then takes
//! it under a lease, calls its [`Handler`] with no transaction open, and writes down what became of it. A crash between
//! the call and that note repeats the call, so it happens at least once, with the same key each time; only the attempt
//! that holds the lease may settle it. What fails for good, or too often, is kept for an operator.

mod attempt;
mod operate;
mod rows;
mod schema;
mod worker;

use std::fmt::Display;
use std::time::Duration;

use kernel::{BoxFut, CallCtx, Timestamp, id_kinds};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

pub use self::operate::{EffectError, EffectState, StoredEffect, discard, list, states};
pub use self::rows::{Settled, Settlement};
pub use self::worker::Effects;
use crate::Change;
use crate::store::{Json, StoreError, Tx};

id_kinds! {
    /// Identifies an effect within its module.
    EffectKind / EffectId = "eff";
}

/// An effect, as its handler is given it.
#[derive(Clone, Debug)]
pub struct Effect {
    pub id: EffectId,
    /// The same at every attempt.
    pub key: String,
    pub payload: Box<RawValue>,
    /// 1 for the first one.
    pub attempt: i32,
}

impl Effect {
    /// The payload as it was given to [`NewEffect::new`].
    ///
    /// # Errors
    /// When it is of another shape.
    pub fn read<P: DeserializeOwned>(&self) -> serde_json::Result<P> {
        serde_json::from_str(self.payload.get())
    }
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// It may go well another time, for the reason given.
    Retry(String),
    /// It will never go well.
    Failed(String),
}

/// A call that is ready to be made.
pub type Call<'a> = BoxFut<'a, Outcome>;

/// How effects of one kind are carried out.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Calls of this kind under way at once, in one instance. As many are taken and prepared together.
    pub concurrency: usize,
    /// For one call, with its preparation. One that takes longer counts as failed, though it may have been heard.
    pub deadline: Duration,
    /// How long calls that have ended wait for others, to be settled together. A crash meanwhile repeats them.
    pub gather: Duration,
    /// One that failed so often is given up.
    pub attempts: i32,
    /// After the first failure; twice as long after each further one.
    pub first_wait: Duration,
    pub longest_wait: Duration,
}

impl Default for Policy {
    /// Gives up after an hour at most, half an hour at least.
    fn default() -> Policy {
        Policy {
            concurrency: 4,
            deadline: Duration::from_secs(10),
            gather: Duration::ZERO,
            attempts: 12,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_secs(30 * 60),
        }
    }
}

/// Makes the calls of one kind of effect.
pub trait Handler: Send + Sync + 'static {
    /// Stable: effects are stored under it.
    fn kind(&self) -> &'static str;

    fn policy(&self) -> Policy {
        Policy::default()
    }

    /// Prepares a call for each of these effects, in their order: what the calls need from others is asked for here, once
    /// for all of them. The calls are then made side by side, each under its effect's key; each may have been made before.
    fn calls<'a>(&'a self, cx: &'a CallCtx, effects: &'a [Effect]) -> BoxFut<'a, Vec<Call<'a>>>;

    /// Notes in the module's own tables what effects came to, in the transaction that settles them, so that the two never
    /// differ. Also when nobody heard of the last attempt again, and when an operator has a dead effect tried again, which
    /// is [`Settlement::Again`].
    ///
    /// # Errors
    /// [`StoreError`], which ends the transaction: nothing is settled, and the calls are made again.
    fn note(&self, _: &mut Tx<'_>, _: &[Settled], _now: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }
}

/// An effect to be written.
#[derive(Clone, Debug)]
pub struct NewEffect {
    id: EffectId,
    kind: &'static str,
    key: String,
    payload: Json,
    due_at: Timestamp,
    at: Timestamp,
}

impl NewEffect {
    /// `key` is made of what caused the effect, such as an event's id: a kind has one effect for each key, so what is decided
    /// twice happens once.
    ///
    /// # Errors
    /// [`StoreError::Query`] when the payload has no JSON form: a bug.
    pub fn new(
        change: &Change,
        kind: &'static str,
        key: &impl Display,
        payload: &impl Serialize,
    ) -> Result<NewEffect, StoreError> {
        Ok(NewEffect {
            id: change.ids.next(change.now),
            kind,
            key: key.to_string(),
            payload: Json::of(payload)?,
            due_at: change.now,
            at: change.now,
        })
    }

    /// Not before `at`.
    #[must_use]
    pub fn not_before(self, at: Timestamp) -> NewEffect {
        NewEffect { due_at: at.max(self.due_at), ..self }
    }
}

impl Tx<'_> {
    /// Decides on an effect, as part of this transaction.
    ///
    /// # Errors
    /// [`StoreError`], which must end the transaction.
    pub fn effect(&mut self, effect: &NewEffect) -> Result<(), StoreError> {
        self.effects(std::slice::from_ref(effect))
    }

    /// Decides on several effects at once, as part of this transaction.
    ///
    /// # Errors
    /// [`StoreError`], which must end the transaction.
    pub fn effects(&mut self, effects: &[NewEffect]) -> Result<(), StoreError> {
        if effects.is_empty() {
            return Ok(());
        }
        rows::insert(self, effects)?;
        self.ring_for_effects();
        Ok(())
    }
}
