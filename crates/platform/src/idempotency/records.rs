//! The rows behind the keys, and their queries.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};

use super::{Claim, Record, RequestKey};
use crate::http::Reply;
use crate::store::{Db, Key, Prepared, StoreError, Tx, Uid, corrupt, one_of};
use crate::{bug, insert_all, on};

mod schema {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::store::Uid;

        idempotency_record (scope) {
            scope -> Uid,
            id -> Uid,
            fingerprint -> Binary,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use crate::store::Uid;

        idempotency_outcome (id) {
            id -> Uid,
            scope -> Uid,
            status -> Integer,
            location -> Nullable<Text>,
            version -> Nullable<BigInt>,
            body -> Binary,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(idempotency_record, idempotency_outcome);
}
pub(super) use self::schema::{idempotency_outcome, idempotency_record};

#[derive(Insertable)]
#[diesel(table_name = idempotency_record)]
struct RecordRow<'a> {
    scope: Key,
    id: Key,
    fingerprint: &'a [u8],
}

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = idempotency_outcome, treat_none_as_default_value = false)]
struct OutcomeRow {
    id: Key,
    scope: Key,
    status: i32,
    location: Option<String>,
    version: Option<i64>,
    body: Vec<u8>,
}

impl OutcomeRow {
    fn of(record: Record, reply: &Reply) -> OutcomeRow {
        OutcomeRow {
            id: Key(record.id),
            scope: Key(record.scope),
            status: reply.status().into(),
            location: reply.location().map(str::to_owned),
            version: reply.version(),
            body: reply.body().to_vec(),
        }
    }

    fn reply(self) -> Result<Reply, StoreError> {
        let status = u16::try_from(self.status)
            .map_err(|error| corrupt("idempotency_outcome", "status", self.id.0, error))?;
        Ok(Reply::replayed(status, self.location, self.version, self.body))
    }
}

/// Claims one key; see [`claim_all`].
///
/// # Errors
/// [`StoreError`].
pub fn claim(tx: &mut Tx<'_>, key: &RequestKey) -> Result<Claim, StoreError> {
    let mut claims = claim_all(tx, &[key])?;
    claims.pop().ok_or_else(|| StoreError::Query("a claim got no answer".to_owned()))
}

/// Claims many keys at once, each answered in order. A key named twice in one call is new once and running after.
/// A rival's transaction that holds the same new key is waited for.
///
/// # Errors
/// [`StoreError`].
pub fn claim_all(tx: &mut Tx<'_>, keys: &[&RequestKey]) -> Result<Vec<Claim>, StoreError> {
    let mut fresh = insert_missing(tx, keys)?;
    bug!(KeyApart => tx.go_on_in_another()?);
    let seen: Vec<Key> =
        keys.iter().map(|key| Key(key.record.scope)).filter(|scope| !fresh.contains_key(scope)).collect();
    let mut stored = if seen.is_empty() { HashMap::new() } else { find(tx, &seen)? };
    keys.iter()
        .map(|key| {
            let scope = Key(key.record.scope);
            match fresh.get_mut(&scope) {
                Some(row) if row.unclaimed => {
                    row.unclaimed = false;
                    Ok(Claim::New)
                }
                Some(row) if row.fingerprint != key.fingerprint => Ok(Claim::Reused),
                Some(_) => Ok(Claim::Running),
                None => stored.remove(&scope).map_or(Ok(Claim::Running), |stored| stored.claim(key)),
            }
        })
        .collect()
}

/// A record that was there before.
struct Stored {
    fingerprint: Vec<u8>,
    outcome: Option<OutcomeRow>,
}

impl Stored {
    fn claim(self, key: &RequestKey) -> Result<Claim, StoreError> {
        if self.fingerprint != key.fingerprint {
            return Ok(Claim::Reused);
        }
        self.outcome.map_or(Ok(Claim::Running), |outcome| outcome.reply().map(Claim::Done))
    }
}

fn find(tx: &mut Tx<'_>, scopes: &[Key]) -> Result<HashMap<Key, Stored>, StoreError> {
    let rows: Vec<(Key, Vec<u8>, Option<OutcomeRow>)> = on!(tx, |conn| idempotency_record::table
        .left_join(idempotency_outcome::table.on(idempotency_outcome::id.eq(idempotency_record::id)))
        .filter(one_of(idempotency_record::scope, scopes))
        .select((
            idempotency_record::scope,
            idempotency_record::fingerprint,
            Option::<OutcomeRow>::as_select()
        ))
        .load(conn))?;
    Ok(rows
        .into_iter()
        .map(|(scope, fingerprint, outcome)| (scope, Stored { fingerprint, outcome }))
        .collect())
}

/// A record that this transaction wrote; the first request to ask for it gets it.
struct Fresh {
    unclaimed: bool,
    fingerprint: Vec<u8>,
}

/// In the order of the scopes, so that two batches with common keys cannot deadlock.
fn insert_missing(tx: &mut Tx<'_>, keys: &[&RequestKey]) -> Result<HashMap<Key, Fresh>, StoreError> {
    let mut rows: Vec<RecordRow<'_>> = keys
        .iter()
        .map(|key| RecordRow {
            scope: Key(key.record.scope),
            id: Key(key.record.id),
            fingerprint: &key.fingerprint,
        })
        .collect();
    rows.sort_by_key(|row| row.scope);
    rows.dedup_by_key(|row| row.scope);
    let inserted: Vec<Key> = match &mut **tx {
        Db::Postgres(conn) => insert_missing_postgres(conn, &rows)?,
        Db::Sqlite(conn) => {
            let mut inserted = Vec::with_capacity(rows.len());
            for row in &rows {
                let written = diesel::insert_into(idempotency_record::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(*conn)?;
                if written == 1 {
                    inserted.push(row.scope);
                }
            }
            inserted
        }
    };
    // The first with its key is the one whose row was kept.
    let mut fresh = HashMap::with_capacity(inserted.len());
    for row in rows.into_iter().filter(|row| inserted.contains(&row.scope)) {
        fresh.insert(row.scope, Fresh { unclaimed: true, fingerprint: row.fingerprint.to_vec() });
    }
    Ok(fresh)
}

fn insert_missing_postgres(conn: &mut PgConnection, rows: &[RecordRow<'_>]) -> Result<Vec<Key>, StoreError> {
    let binds = (
        rows.iter().map(|row| row.scope).collect::<Vec<_>>().into_sql::<Array<Uid>>(),
        rows.iter().map(|row| row.id).collect::<Vec<_>>().into_sql::<Array<Uid>>(),
        rows.iter().map(|row| row.fingerprint).collect::<Vec<_>>().into_sql::<Array<Binary>>(),
    );
    const INSERT: &str = "INSERT INTO idempotency_record (scope, id, fingerprint) SELECT * FROM unnest(";
    const MISSING: &str = ") ON CONFLICT DO NOTHING RETURNING scope";
    enum InsertMissing {}
    Ok(Prepared::<InsertMissing, _>::new(INSERT, binds, MISSING).returning::<Uid>().load(conn)?)
}

/// Stores the outcome of a claimed key.
///
/// # Errors
/// [`StoreError`].
pub fn settle(tx: &mut Tx<'_>, record: Record, reply: &Reply) -> Result<(), StoreError> {
    settle_all(tx, &[(record, reply)])
}

/// Stores the outcomes of claimed keys.
///
/// # Errors
/// [`StoreError`].
pub fn settle_all(tx: &mut Tx<'_>, outcomes: &[(Record, &Reply)]) -> Result<(), StoreError> {
    let rows: Vec<OutcomeRow> =
        outcomes.iter().map(|(record, reply)| OutcomeRow::of(*record, reply)).collect();
    Ok(insert_all!(tx, idempotency_outcome, &rows, {
        id: Uid, scope: Uid, status: Integer, location: Nullable<Text>, version: Nullable<BigInt>, body: Binary
    })?)
}

/// The outcome that was stored in a record, if there is one.
///
/// # Errors
/// [`StoreError`].
pub fn outcome(tx: &mut Tx<'_>, record: Record) -> Result<Option<Reply>, StoreError> {
    let row: Option<OutcomeRow> = on!(tx, |conn| idempotency_outcome::table
        .find(Key(record.id))
        .select(OutcomeRow::as_select())
        .first(conn)
        .optional())?;
    row.map(OutcomeRow::reply).transpose()
}
