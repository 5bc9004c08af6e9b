//! Effects in their table.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use kernel::Timestamp;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::schema::effect;
use super::{Effect, EffectState, NewEffect};
use crate::idempotency::first_id_of;
use crate::store::{Db, Document, Json, Key, Moment, StoreError, Time, Tx, Uid, corrupt, one_of};
use crate::{insert_all, on, on_locked, with_rows};

const WAITING: &str = EffectState::Waiting.name();

/// What an effect came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    Done,
    /// It is tried again, not before `at`.
    Again {
        at: Timestamp,
        why: String,
    },
    /// It is given up.
    Dead {
        why: String,
    },
}

/// An effect, and what it came to.
#[derive(Clone, Debug)]
pub struct Settled {
    pub effect: Effect,
    pub what: Settlement,
}

/// What a look at the table came to.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub taken: Vec<Effect>,
    /// Their last attempt was begun, and the process that made it is gone: they are dead.
    pub spent: Vec<Settled>,
}

/// Why they are.
const SPENT: &str = "its last attempt was never heard of again";

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

/// Those whose key is known already stay as they are.
pub(super) fn insert(tx: &mut Tx<'_>, new: &[NewEffect]) -> Result<(), StoreError> {
    let rows: Vec<NewRow<'_>> = new.iter().map(NewRow::of).collect();
    Ok(insert_all!(
        tx,
        effect,
        rows,
        { id: Uid, kind: Text, key: Text, payload: Document, state: Text, due_at: Moment, at: Moment },
        "ON CONFLICT DO NOTHING"
    )?)
}

struct NewRow<'a> {
    id: Key,
    kind: &'static str,
    key: &'a String,
    payload: &'a Json,
    state: &'static str,
    due_at: Time,
    at: Time,
}

impl NewRow<'_> {
    fn of(new: &NewEffect) -> NewRow<'_> {
        NewRow {
            id: new.id.into(),
            kind: new.kind,
            key: &new.key,
            payload: &new.payload,
            state: WAITING,
            due_at: Time(new.due_at),
            at: Time(new.at),
        }
    }
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

/// Takes what is due, in the order in which it was decided. What somebody else is taking is passed over.
pub(super) fn claim(tx: &mut Tx<'_>, claim: &Claim) -> Result<Claimed, StoreError> {
    let due = effect::table
        .filter(effect::state.eq(WAITING))
        .filter(effect::kind.eq(claim.kind))
        .filter(effect::due_at.le(Time(claim.now)))
        .order((effect::due_at, effect::id))
        .limit(claim.most)
        .select((effect::id, effect::key, effect::payload, effect::attempts));
    let rows: Vec<Due> = match &mut **tx {
        Db::Sqlite(conn) => due.load(*conn)?,
        Db::Postgres(conn) => due.for_update().skip_locked().load(*conn)?,
    };
    let (spent, due): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(.., attempts)| *attempts >= claim.attempts);
    let spent: Vec<Settled> = spent.into_iter().map(give_up).collect::<Result<_, _>>()?;
    write(tx, &spent, claim.now)?;
    let until = Time(claim.now.saturating_add(claim.lease));
    let taken: Vec<TakenRow> =
        due.iter().map(|(id, ..)| TakenRow { id: *id, attempt: Key(claim.attempt), due_at: until }).collect();
    with_rows!(
        tx,
        taken,
        { id: Uid, attempt: Uid, due_at: Moment },
        "UPDATE effect SET attempt = given.attempt, attempts = attempts + 1, due_at = given.due_at \
         FROM given WHERE effect.id = given.id"
    )?;
    let take = |(id, key, payload, attempts): Due| read(id, key, payload, attempts.saturating_add(1));
    Ok(Claimed { taken: due.into_iter().map(take).collect::<Result<_, _>>()?, spent })
}

type Due = (Key, String, Json, i32);

struct TakenRow {
    id: Key,
    attempt: Key,
    due_at: Time,
}

fn give_up((id, key, payload, attempts): Due) -> Result<Settled, StoreError> {
    let what = Settlement::Dead { why: SPENT.to_owned() };
    Ok(Settled { effect: read(id, key, payload, attempts)?, what })
}

/// As its handler is given it.
pub(super) fn read(id: Key, key: String, payload: Json, attempt: i32) -> Result<Effect, StoreError> {
    let payload =
        RawValue::from_string(payload.0).map_err(|error| corrupt("effect", "payload", id.0, error))?;
    Ok(Effect { id: id.id(), key, payload, attempt })
}

/// Says what came of an attempt, as far as it is still that attempt's to say; answers which it was.
pub(super) fn settle(
    tx: &mut Tx<'_>,
    ended: Vec<Settled>,
    attempt: Uuid,
    now: Timestamp,
) -> Result<Vec<Settled>, StoreError> {
    let ids: Vec<Key> = ended.iter().map(|settled| settled.effect.id.into()).collect();
    let of_attempt = effect::table
        .filter(one_of(effect::id, &ids))
        .filter(effect::attempt.eq(Some(Key(attempt))))
        .order(effect::id)
        .select(effect::id);
    let ours: Vec<Key> = on_locked!(tx, of_attempt, |ours, conn| ours.load(conn))?;
    let ended: Vec<Settled> =
        ended.into_iter().filter(|settled| ours.contains(&settled.effect.id.into())).collect();
    write(tx, &ended, now)?;
    Ok(ended)
}

fn write(tx: &mut Tx<'_>, settled: &[Settled], now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<SettledRow> = settled.iter().map(|settled| SettledRow::of(settled, now)).collect();
    with_rows!(
        tx,
        rows,
        { id: Uid, state: Text, due_at: Moment, error: Nullable<Text>, at: Moment },
        "UPDATE effect SET state = given.state, due_at = given.due_at, attempt = NULL, error = given.error, at = given.at \
         FROM given WHERE effect.id = given.id"
    )?;
    Ok(())
}

struct SettledRow {
    id: Key,
    state: &'static str,
    due_at: Time,
    error: Option<String>,
    at: Time,
}

impl SettledRow {
    fn of(Settled { effect, what }: &Settled, now: Timestamp) -> SettledRow {
        let (state, due_at, error) = match what {
            Settlement::Done => (EffectState::Done, now, None),
            Settlement::Again { at, why } => (EffectState::Waiting, *at, Some(why.clone())),
            Settlement::Dead { why } => (EffectState::Dead, now, Some(why.clone())),
        };
        SettledRow { id: effect.id.into(), state: state.name(), due_at: Time(due_at), error, at: Time(now) }
    }
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
