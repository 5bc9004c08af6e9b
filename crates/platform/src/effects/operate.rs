//! What operators see of effects, and do about those that were given up.

use std::collections::HashMap;

use diesel::prelude::*;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::rows::{self, Settled, Settlement};
use super::schema::effect;
use super::{EffectId, Effects};
use crate::http::{Problem, kinds};
use crate::store::{Db, Failure, Json, Key, StoreError, Time, Tx, corrupt, one_of};
use crate::{Change, on};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// For its first attempt, for the next one, or for the end of one that is under way.
    Waiting,
    Done,
    /// Given up: it failed for good, or too often.
    Dead,
    /// An operator decided that it is not to be.
    Discarded,
}

impl EffectState {
    const ALL: [EffectState; 4] =
        [EffectState::Waiting, EffectState::Done, EffectState::Dead, EffectState::Discarded];

    pub(super) const fn name(self) -> &'static str {
        match self {
            EffectState::Waiting => "waiting",
            EffectState::Done => "done",
            EffectState::Dead => "dead",
            EffectState::Discarded => "discarded",
        }
    }

    fn parse(name: &str) -> Option<EffectState> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// An effect, for operators.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoredEffect {
    #[schema(value_type = String)]
    pub id: EffectId,
    pub kind: String,
    /// What the call is made under.
    pub key: String,
    pub state: EffectState,
    #[schema(value_type = serde_json::Value)]
    pub payload: Box<RawValue>,
    /// While it waits: when it is tried next.
    pub due_at: Timestamp,
    pub attempts: i32,
    /// What was the matter last time.
    pub error: Option<String>,
    pub note: Option<String>,
    pub actor: Option<String>,
    /// Of its present state.
    pub at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = effect)]
struct EffectRow {
    id: Key,
    kind: String,
    key: String,
    payload: Json,
    due_at: Time,
    attempts: i32,
    error: Option<String>,
    note: Option<String>,
    actor: Option<String>,
    at: Time,
}

impl EffectRow {
    fn read(self, state: EffectState) -> Result<StoredEffect, StoreError> {
        let payload = RawValue::from_string(self.payload.0)
            .map_err(|error| corrupt("effect", "payload", self.id.0, error))?;
        Ok(StoredEffect {
            id: self.id.id(),
            kind: self.kind,
            key: self.key,
            state,
            payload,
            due_at: self.due_at.0,
            attempts: self.attempts,
            error: self.error,
            note: self.note,
            actor: self.actor,
            at: self.at.0,
        })
    }
}

/// Why an operator's command was not carried out. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    #[error("there is no dead effect {0}")]
    NotFound(EffectId),
    #[error(transparent)]
    Storage(#[from] StoreError),
}

impl Failure for EffectError {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            EffectError::Storage(error) => Some(error),
            EffectError::NotFound(_) => None,
        }
    }
}

impl From<&EffectError> for Problem {
    fn from(error: &EffectError) -> Problem {
        match error {
            EffectError::NotFound(_) => Problem::of(&kinds::EFFECT_NOT_FOUND),
            EffectError::Storage(error) => error.into(),
        }
    }
}

/// Effects in a state, the first decided first, after a given one.
///
/// # Errors
/// [`StoreError`].
pub fn list(
    db: &mut Db<'_>,
    state: EffectState,
    after: Option<EffectId>,
    limit: i64,
) -> Result<Vec<StoredEffect>, StoreError> {
    let after = after.map_or(Key(uuid::Uuid::nil()), Key::from);
    let rows: Vec<EffectRow> = on!(db, |conn| effect::table
        .filter(effect::state.eq(state.name()))
        .filter(effect::id.gt(after))
        .order(effect::id)
        .limit(limit)
        .select(EffectRow::as_select())
        .load(conn))?;
    rows.into_iter().map(|row| row.read(state)).collect()
}

/// How the effects of one kind with these keys stand; those that are not stored, or no longer, are absent.
///
/// # Errors
/// [`StoreError`].
pub fn states(
    db: &mut Db<'_>,
    kind: &str,
    keys: &[String],
) -> Result<HashMap<String, EffectState>, StoreError> {
    let rows: Vec<(Key, String, String)> = on!(db, |conn| effect::table
        .filter(effect::kind.eq(kind))
        .filter(one_of(effect::key, keys))
        .select((effect::id, effect::key, effect::state))
        .load(conn))?;
    let read = |(id, key, state): (Key, String, String)| {
        let state = EffectState::parse(&state).ok_or_else(|| corrupt("effect", "state", id.0, &state))?;
        Ok((key, state))
    };
    rows.into_iter().map(read).collect()
}

impl Effects {
    /// Tries a dead effect again, under the same key, as often as a new one.
    ///
    /// # Errors
    /// [`EffectError`].
    pub fn retry(&self, tx: &mut Tx<'_>, change: &Change, id: EffectId) -> Result<(), EffectError> {
        let again = on!(tx, |conn| diesel::update(dead(id))
            .set((
                effect::state.eq(EffectState::Waiting.name()),
                effect::attempts.eq(0),
                effect::due_at.eq(Time(change.now)),
                effect::at.eq(Time(change.now)),
            ))
            .execute(conn))
        .map_err(StoreError::from)?;
        if again != 1 {
            return Err(EffectError::NotFound(id));
        }
        let row: EffectRow =
            on!(tx, |conn| effect::table.find(Key(id.uuid())).select(EffectRow::as_select()).first(conn))
                .map_err(StoreError::from)?;
        if let Some(handler) = self.handler(&row.kind) {
            let again = Settlement::Again { at: change.now, why: row.error.unwrap_or_default() };
            let effect = rows::read(row.id, row.key, row.payload, 0)?;
            handler.note(tx, &[Settled { effect, what: again }], change.now)?;
        }
        tx.ring_for_effects();
        Ok(())
    }
}

/// Decides that a dead effect is not to be, for the reason in `note`.
///
/// # Errors
/// [`EffectError`].
pub fn discard(tx: &mut Tx<'_>, change: &Change, id: EffectId, note: &str) -> Result<(), EffectError> {
    let discarded = on!(tx, |conn| diesel::update(dead(id))
        .set((
            effect::state.eq(EffectState::Discarded.name()),
            effect::note.eq(Some(note)),
            effect::actor.eq(Some(change.cx.principal.to_string())),
            effect::at.eq(Time(change.now)),
        ))
        .execute(conn))
    .map_err(StoreError::from)?;
    if discarded == 1 { Ok(()) } else { Err(EffectError::NotFound(id)) }
}

#[diesel::dsl::auto_type]
fn dead<'a>(id: EffectId) -> _ {
    let key: Key = Key(id.uuid());
    let state: &'a str = EffectState::Dead.name();
    effect::table.filter(effect::id.eq(key)).filter(effect::state.eq(state))
}
