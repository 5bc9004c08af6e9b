//! Effects in their table.

use std::time::Duration;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel::sql_types::{Array, Text};
use kernel::Timestamp;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::schema::effect;
use super::{Effect, EffectState, NewEffect};
use crate::idempotency::first_id_of;
use crate::on;
use crate::store::{Db, Document, Json, Key, Moment, Prepared, StoreError, Time, Tx, Uid, corrupt, one_of};

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

/// What a look at the table came to.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub taken: Vec<Effect>,
    /// Their last attempt was begun, and the process that made it is gone: they are dead.
    pub spent: Vec<Effect>,
}

/// Why they are.
pub(super) const SPENT: &str = "its last attempt was never heard of again";

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

/// Those whose key is known already stay as they are.
pub(super) fn insert(tx: &mut Tx<'_>, new: &[NewEffect]) -> Result<(), StoreError> {
    match &mut **tx {
        Db::Sqlite(conn) => {
            for new in new {
                let row = (
                    effect::id.eq(Key::from(new.id)),
                    effect::kind.eq(new.kind),
                    effect::key.eq(&new.key),
                    effect::payload.eq(&new.payload),
                    effect::state.eq(WAITING),
                    effect::due_at.eq(Time(new.due_at)),
                    effect::at.eq(Time(new.at)),
                );
                diesel::insert_into(effect::table).values(row).on_conflict_do_nothing().execute(*conn)?;
            }
        }
        Db::Postgres(conn) => {
            insert_arrays(new).execute(*conn)?;
        }
    }
    Ok(())
}

/// One statement, however many there are.
fn insert_arrays(new: &[NewEffect]) -> Prepared<InsertEffects, impl QueryFragment<Pg> + QueryId> {
    let binds = (
        new.iter().map(|new| Key::from(new.id)).collect::<Vec<_>>().into_sql::<Array<Uid>>(),
        new.iter().map(|new| new.kind.to_owned()).collect::<Vec<_>>().into_sql::<Array<Text>>(),
        new.iter().map(|new| new.key.clone()).collect::<Vec<_>>().into_sql::<Array<Text>>(),
        new.iter().map(|new| new.payload.clone()).collect::<Vec<_>>().into_sql::<Array<Document>>(),
        new.iter().map(|new| Time(new.due_at)).collect::<Vec<_>>().into_sql::<Array<Moment>>(),
        new.iter().map(|new| Time(new.at)).collect::<Vec<_>>().into_sql::<Array<Moment>>(),
    );
    const INSERT: &str = "INSERT INTO effect (id, kind, key, payload, due_at, at, state) \
        SELECT *, 'waiting' FROM unnest(";
    Prepared::new(INSERT, binds, ") ON CONFLICT DO NOTHING")
}

enum InsertEffects {}

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
pub(super) fn claim(tx: &mut Tx<'_>, claim: &Claim) -> Result<Claimed, StoreError> {
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
    let (spent, rows): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|(.., attempts)| *attempts >= claim.attempts);
    let gone: Vec<Key> = spent.iter().map(|(id, ..)| *id).collect();
    let settled = Settlement::Dead { why: SPENT.to_owned() };
    on!(tx, |conn| diesel::update(effect::table.filter(one_of(effect::id, &gone)))
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
    let read = |(id, key, payload, attempts): (Key, String, Json, i32)| {
        read(id, key, payload, attempts.saturating_add(1))
    };
    Ok(Claimed {
        taken: rows.into_iter().map(read).collect::<Result<_, _>>()?,
        spent: spent.into_iter().map(read).collect::<Result<_, _>>()?,
    })
}

/// As its handler is given it.
pub(super) fn read(id: Key, key: String, payload: Json, attempt: i32) -> Result<Effect, StoreError> {
    let payload =
        RawValue::from_string(payload.0).map_err(|error| corrupt("effect", "payload", id.0, error))?;
    Ok(Effect { id: id.id(), key, payload, attempt })
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
