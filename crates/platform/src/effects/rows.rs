//! Effects in their table.

use std::time::Duration;

use diesel::prelude::*;
use kernel::Timestamp;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::schema::effect;
use super::{Effect, EffectState, NewEffect};
use crate::idempotency::first_id_of;
use crate::on;
use crate::store::{Db, Json, Key, StoreError, Time, Tx, corrupt, one_of};

const WAITING: &str = EffectState::Waiting.name();

/// What came of an attempt.
#[derive(Clone, Debug)]
pub(super) enum Settlement {
    Done,
    Again { at: Timestamp, why: String },
    Dead { why: String },
}

#[derive(AsChangeset)]
#[diesel(table_name = effect, treat_none_as_null = true)]
struct Settled {
    state: &'static str,
    due_at: Time,
    attempt: Option<Key>,
    error: Option<String>,
    at: Time,
}

/// Who takes effects, and until when they are theirs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub kind: &'static str,
    pub most: i64,
    pub attempt: Uuid,
    pub now: Timestamp,
    pub lease: Duration,
    /// Who had that many is given up.
    pub attempts: i32,
}

pub(super) fn insert(tx: &mut Tx<'_>, new: &NewEffect) -> Result<(), StoreError> {
    let row = (
        effect::id.eq(Key::from(new.id)),
        effect::kind.eq(new.kind),
        effect::key.eq(&new.key),
        effect::payload.eq(&new.payload),
        effect::state.eq(WAITING),
        effect::due_at.eq(Time(new.due_at)),
        effect::at.eq(Time(new.at)),
    );
    on!(tx, |conn| diesel::insert_into(effect::table).values(row).on_conflict_do_nothing().execute(conn))?;
    Ok(())
}

/// When the next effect of a kind is due, or its lease runs out.
pub(super) fn next_due(db: &mut Db<'_>, kind: &str) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<Time> = on!(db, |conn| effect::table
        .filter(effect::state.eq(WAITING))
        .filter(effect::kind.eq(kind))
        .order(effect::due_at)
        .select(effect::due_at)
        .first(conn)
        .optional())?;
    Ok(next.map(|at| at.0))
}

/// Takes what is due. What somebody else is taking is passed over.
pub(super) fn claim(tx: &mut Tx<'_>, claim: &Claim) -> Result<Vec<Effect>, StoreError> {
    let due = effect::table
        .filter(effect::state.eq(WAITING))
        .filter(effect::kind.eq(claim.kind))
        .filter(effect::due_at.le(Time(claim.now)))
        .order(effect::due_at)
        .limit(claim.most)
        .select((effect::id, effect::key, effect::payload, effect::attempts));
    let rows: Vec<(Key, String, Json, i32)> = match &mut **tx {
        Db::Sqlite(conn) => due.load(*conn)?,
        Db::Postgres(conn) => due.for_update().skip_locked().load(*conn)?,
    };
    // The last attempt of these was begun, and the process that made it is gone.
    let (spent, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(.., attempts)| *attempts >= claim.attempts);
    let spent: Vec<Key> = spent.into_iter().map(|(id, ..)| id).collect();
    let settled = Settlement::Dead { why: "its last attempt was never heard of again".to_owned() };
    on!(tx, |conn| diesel::update(effect::table.filter(one_of(effect::id, &spent)))
        .set(settled.at(claim.now))
        .execute(conn))?;
    let ids: Vec<Key> = rows.iter().map(|(id, ..)| *id).collect();
    on!(tx, |conn| diesel::update(effect::table.filter(one_of(effect::id, &ids)))
        .set((
            effect::attempt.eq(Some(Key(claim.attempt))),
            effect::attempts.eq(effect::attempts + 1),
            effect::due_at.eq(Time(claim.now.saturating_add(claim.lease))),
        ))
        .execute(conn))?;
    rows.into_iter().map(|(id, key, payload, attempts)| read(id, key, payload, attempts)).collect()
}

fn read(id: Key, key: String, payload: Json, attempts: i32) -> Result<Effect, StoreError> {
    let payload =
        RawValue::from_string(payload.0).map_err(|error| corrupt("effect", "payload", id.0, error))?;
    Ok(Effect { id: id.id(), key, payload, attempt: attempts.saturating_add(1) })
}

impl Settlement {
    fn at(self, now: Timestamp) -> Settled {
        let (state, due_at, error) = match self {
            Settlement::Done => (EffectState::Done, now, None),
            Settlement::Again { at, why } => (EffectState::Waiting, at, Some(why)),
            Settlement::Dead { why } => (EffectState::Dead, now, Some(why)),
        };
        Settled { state: state.name(), due_at: Time(due_at), attempt: None, error, at: Time(now) }
    }
}

/// Says what came of an attempt, and whether it was that attempt's to say.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    of: &Effect,
    attempt: Uuid,
    settlement: Settlement,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let ours = effect::table.find(Key::from(of.id)).filter(effect::attempt.eq(Some(Key(attempt))));
    let settled = on!(tx, |conn| diesel::update(ours).set(settlement.at(now)).execute(conn))?;
    Ok(settled == 1)
}

/// Of effects that may yet be tried.
pub(super) fn kinds(db: &mut Db<'_>) -> Result<Vec<String>, StoreError> {
    Ok(on!(db, |conn| effect::table
        .filter(effect::state.eq(WAITING).or(effect::state.eq(EffectState::Dead.name())))
        .select(effect::kind)
        .distinct()
        .load(conn))?)
}

/// Deletes up to `most` that are done and were decided before `before`, and says how many.
pub(super) fn purge(tx: &mut Tx<'_>, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old: Vec<Key> = on!(tx, |conn| effect::table
        .filter(effect::state.eq(EffectState::Done.name()))
        .filter(effect::id.lt(first_id_of(before)))
        .order(effect::id)
        .limit(most)
        .select(effect::id)
        .load(conn))?;
    Ok(on!(tx, |conn| diesel::delete(effect::table.filter(one_of(effect::id, &old))).execute(conn))?)
}
