//! Idempotency records: one key, one outcome.
//!
//! The record commits in the same transaction as the first durable effect of the request, so a key never exists
//! without its effect, nor an effect without its key. Scope: principal + method + route + key. Fingerprint: SHA-256
//! of method, path, query and body.

mod schema {
    diesel::table! {
        use diesel::sql_types::*;
        use crate::store::Moment;

        idempotency_record (scope) {
            scope -> Binary,
            fingerprint -> Binary,
            created_at -> Moment,
            status -> Nullable<Integer>,
            location -> Nullable<Text>,
            version -> Nullable<BigInt>,
            body -> Nullable<Binary>,
        }
    }
}

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use kernel::{CallCtx, Clock, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use self::schema::idempotency_record;
use crate::http::{Problem, Reply, kinds};
use crate::on;
use crate::store::{Db, Failure, Prepared, Store, StoreError, Time, Tx, corrupt};
use crate::workers::Workers;

/// Replies are promised for 24 h and gone after 48 h.
const KEPT: Duration = Duration::from_secs(36 * 3600);
const PURGE_EVERY: Duration = Duration::from_secs(15 * 60);
const PURGE_BATCH: i64 = 1000;

/// One request under one idempotency key.
#[derive(Clone, Debug)]
pub struct RequestKey {
    pub scope: Vec<u8>,
    pub fingerprint: Vec<u8>,
    /// Refusals are stored as the first caller got them.
    pub request_id: Arc<str>,
    /// Path of the request, for the problem's `instance`.
    pub instance: String,
}

impl RequestKey {
    /// `scope` and `fingerprint` are hashed with the lengths of their parts, so that no two lists collide.
    pub fn new(scope: &[&[u8]], fingerprint: &[&[u8]], request_id: Arc<str>, instance: String) -> RequestKey {
        RequestKey { scope: digest(scope), fingerprint: digest(fingerprint), request_id, instance }
    }
}

fn digest(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}

/// What a key turned out to be.
#[derive(Debug)]
pub enum Claim {
    /// First seen: the record is written, without an outcome yet.
    New,
    /// Seen, and still without an outcome.
    Running,
    /// Done: the outcome.
    Done(Reply),
    /// Seen with another request.
    Reused,
}

impl Claim {
    /// The reply to give instead of doing the work, if any.
    pub fn answer(self) -> Option<Result<Reply, Problem>> {
        match self {
            Claim::New => None,
            Claim::Done(reply) => Some(Ok(reply)),
            Claim::Running => Some(Err(Problem::of(&kinds::IDEMPOTENCY_IN_PROGRESS).retry_after(1))),
            Claim::Reused => Some(Err(Problem::of(&kinds::IDEMPOTENCY_KEY_REUSED))),
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_record)]
struct NewRow<'a> {
    scope: &'a [u8],
    fingerprint: &'a [u8],
    created_at: Time,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency_record)]
struct Row {
    scope: Vec<u8>,
    fingerprint: Vec<u8>,
    status: Option<i32>,
    location: Option<String>,
    version: Option<i64>,
    body: Option<Vec<u8>>,
}

impl Row {
    fn claim(self, key: &RequestKey) -> Result<Claim, StoreError> {
        if self.fingerprint != key.fingerprint {
            return Ok(Claim::Reused);
        }
        Ok(self.outcome()?.map_or(Claim::Running, Claim::Done))
    }

    fn outcome(self) -> Result<Option<Reply>, StoreError> {
        let Some(status) = self.status else { return Ok(None) };
        let status =
            u16::try_from(status).map_err(|error| corrupt("idempotency_record", "status", status, error))?;
        Ok(Some(Reply::replayed(status, self.location, self.version, self.body.unwrap_or_default())))
    }
}

/// Claims one key; see [`claim_all`].
///
/// # Errors
/// [`StoreError`].
pub fn claim(tx: &mut Tx<'_>, key: &RequestKey, now: Timestamp) -> Result<Claim, StoreError> {
    let mut claims = claim_all(tx, &[key], now)?;
    claims.pop().ok_or_else(|| StoreError::Query("a claim got no answer".to_owned()))
}

/// Claims many keys at once, each answered in order. A key named twice in one call is new once and running after.
/// A rival's transaction that holds the same new key is waited for.
///
/// # Errors
/// [`StoreError`].
pub fn claim_all(tx: &mut Tx<'_>, keys: &[&RequestKey], now: Timestamp) -> Result<Vec<Claim>, StoreError> {
    let mut fresh = insert_missing(tx, keys, now)?;
    let seen: Vec<&[u8]> =
        keys.iter().filter(|key| !fresh.contains_key(&key.scope)).map(|key| key.scope.as_slice()).collect();
    let mut stored: HashMap<Vec<u8>, Row> = HashMap::new();
    if !seen.is_empty() {
        let rows: Vec<Row> = on!(tx, |conn| idempotency_record::table
            .filter(idempotency_record::scope.eq_any(&seen))
            .select(Row::as_select())
            .load(conn))?;
        stored.extend(rows.into_iter().map(|row| (row.scope.clone(), row)));
    }
    keys.iter()
        .map(|key| match fresh.get_mut(&key.scope) {
            Some(row) if row.unclaimed => {
                row.unclaimed = false;
                Ok(Claim::New)
            }
            Some(row) if row.fingerprint != key.fingerprint => Ok(Claim::Reused),
            Some(_) => Ok(Claim::Running),
            None => stored.remove(&key.scope).map_or(Ok(Claim::Running), |row| row.claim(key)),
        })
        .collect()
}

/// A record that this transaction wrote; the first request to ask for it gets it.
struct FreshRow {
    unclaimed: bool,
    fingerprint: Vec<u8>,
}

/// In the order of the scopes, so that two batches with common keys cannot deadlock.
fn insert_missing(
    tx: &mut Tx<'_>,
    keys: &[&RequestKey],
    now: Timestamp,
) -> Result<HashMap<Vec<u8>, FreshRow>, StoreError> {
    let mut rows: Vec<NewRow<'_>> = keys
        .iter()
        .map(|key| NewRow { scope: &key.scope, fingerprint: &key.fingerprint, created_at: now.into() })
        .collect();
    rows.sort_by(|a, b| a.scope.cmp(b.scope));
    rows.dedup_by(|a, b| a.scope == b.scope);
    let inserted: Vec<(Vec<u8>, Vec<u8>)> = match &mut **tx {
        Db::Postgres(conn) => diesel::insert_into(idempotency_record::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning((idempotency_record::scope, idempotency_record::fingerprint))
            .get_results(*conn)?,
        Db::Sqlite(conn) => {
            let mut inserted = Vec::with_capacity(rows.len());
            for row in rows {
                let scope_and_print = (row.scope.to_vec(), row.fingerprint.to_vec());
                let written = diesel::insert_into(idempotency_record::table)
                    .values(row)
                    .on_conflict_do_nothing()
                    .execute(*conn)?;
                if written == 1 {
                    inserted.push(scope_and_print);
                }
            }
            inserted
        }
    };
    Ok(inserted
        .into_iter()
        .map(|(scope, fingerprint)| (scope, FreshRow { unclaimed: true, fingerprint }))
        .collect())
}

/// Stores the outcome of a claimed key.
///
/// # Errors
/// [`StoreError`].
pub fn settle(tx: &mut Tx<'_>, scope: &[u8], reply: &Reply) -> Result<(), StoreError> {
    on!(tx, |conn| diesel::update(idempotency_record::table.filter(idempotency_record::scope.eq(scope)))
        .set((
            idempotency_record::status.eq(i32::from(reply.status())),
            idempotency_record::location.eq(reply.location()),
            idempotency_record::version.eq(reply.version()),
            idempotency_record::body.eq(reply.body().as_ref()),
        ))
        .execute(conn))?;
    Ok(())
}

/// Stores the outcomes of claimed keys.
///
/// # Errors
/// [`StoreError`].
pub fn settle_all(tx: &mut Tx<'_>, outcomes: &[(&[u8], &Reply)]) -> Result<(), StoreError> {
    match &mut **tx {
        Db::Postgres(conn) => settle_all_postgres(conn, outcomes),
        Db::Sqlite(_) => outcomes.iter().try_for_each(|(scope, reply)| settle(tx, scope, reply)),
    }
}

const SETTLE_ALL: &str = "\
    UPDATE idempotency_record r SET status = s.status, location = s.location, version = s.version, body = s.body \
    FROM unnest(";
const BY_SCOPE: &str = ") AS s (scope, status, location, version, body) WHERE r.scope = s.scope";

fn settle_all_postgres(conn: &mut PgConnection, outcomes: &[(&[u8], &Reply)]) -> Result<(), StoreError> {
    use diesel::sql_types::{Array, BigInt, Binary, Integer, Nullable, Text};
    let scopes: Vec<&[u8]> = outcomes.iter().map(|(scope, _)| *scope).collect();
    let statuses: Vec<i32> = outcomes.iter().map(|(_, reply)| i32::from(reply.status())).collect();
    let locations: Vec<Option<&str>> = outcomes.iter().map(|(_, reply)| reply.location()).collect();
    let versions: Vec<Option<i64>> = outcomes.iter().map(|(_, reply)| reply.version()).collect();
    let bodies: Vec<&[u8]> = outcomes.iter().map(|(_, reply)| reply.body().as_ref()).collect();
    let binds = (
        scopes.into_sql::<Array<Binary>>(),
        statuses.into_sql::<Array<Integer>>(),
        locations.into_sql::<Array<Nullable<Text>>>(),
        versions.into_sql::<Array<Nullable<BigInt>>>(),
        bodies.into_sql::<Array<Binary>>(),
    );
    enum SettleAll {}
    Prepared::<SettleAll, _>::new(SETTLE_ALL, binds, BY_SCOPE).execute(conn)?;
    Ok(())
}

/// The outcome that was stored under a key, if there is one.
///
/// # Errors
/// [`StoreError`].
pub fn outcome(tx: &mut Tx<'_>, scope: &[u8]) -> Result<Option<Reply>, StoreError> {
    let row: Option<Row> = on!(tx, |conn| idempotency_record::table
        .filter(idempotency_record::scope.eq(scope))
        .select(Row::as_select())
        .first(conn)
        .optional())?;
    row.map_or(Ok(None), Row::outcome)
}

/// Does `work` once per key, in this transaction, and answers every repetition with the first outcome. A refusal
/// (409) is an outcome, too: what `work` changed is undone, and the refusal is stored. Other errors end the
/// transaction, and nothing is stored. Without a key, `work` is simply done.
///
/// # Errors
/// What `work` returned, as a [`Problem`].
pub fn once<E>(
    tx: &mut Tx<'_>,
    key: Option<&RequestKey>,
    now: Timestamp,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Reply, E>,
) -> Result<Reply, Outcome<E>>
where
    E: Failure,
    Problem: for<'e> From<&'e E>,
{
    let Some(key) = key else { return work(tx).map_err(Outcome::Failed) };
    if let Some(answer) = claim(tx, key, now)?.answer() {
        return answer.map_err(Outcome::Refused);
    }
    let reply = match tx.savepoint(work) {
        Ok(reply) => reply,
        Err(error) => {
            let problem = Problem::from(&error);
            if !problem.is_refusal() {
                return Err(Outcome::Failed(error));
            }
            problem.into_reply(&key.request_id, &key.instance)
        }
    };
    settle(tx, &key.scope, &reply)?;
    Ok(reply)
}

/// Carries out a command that another module calls, once per idempotency key of the call, and answers every
/// repetition with the first reply. Refusals are not stored: they changed nothing.
///
/// # Errors
/// What `work` returned; [`StoreError::Contended`] when the key was used for another command.
pub fn once_call<R, E>(
    tx: &mut Tx<'_>,
    cx: &CallCtx,
    command: &'static str,
    now: Timestamp,
    work: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
) -> Result<R, E>
where
    R: Serialize + DeserializeOwned,
    E: Failure,
{
    let Some(call_key) = cx.idempotency_key.as_deref() else { return work(tx) };
    let principal = cx.principal.to_string();
    let scope: [&[u8]; 4] = [b"call", command.as_bytes(), principal.as_bytes(), call_key.as_bytes()];
    let key = RequestKey::new(&scope, &[], Arc::clone(&cx.request_id), String::new());
    match claim(tx, &key, now)? {
        Claim::New => {}
        Claim::Done(reply) => {
            let stored = serde_json::from_slice(reply.body());
            return stored.map_err(|error| corrupt("idempotency_record", "body", call_key, error).into());
        }
        Claim::Running | Claim::Reused => {
            return Err(StoreError::Contended(format!("{command} is under way with this key")).into());
        }
    }
    let reply = work(tx)?;
    settle(tx, &key.scope, &Reply::ok(&reply)?)?;
    Ok(reply)
}

/// How [`once`] fails.
#[derive(Debug)]
pub enum Outcome<E> {
    /// The work's own error.
    Failed(E),
    /// The key is in use, or was used for another request.
    Refused(Problem),
}

impl<E: Failure> From<StoreError> for Outcome<E> {
    fn from(error: StoreError) -> Outcome<E> {
        Outcome::Failed(error.into())
    }
}

impl<E: Failure> Failure for Outcome<E> {
    fn storage(&self) -> Option<&StoreError> {
        match self {
            Outcome::Failed(error) => error.storage(),
            Outcome::Refused(_) => None,
        }
    }
}

impl<E> From<Outcome<E>> for Problem
where
    Problem: for<'e> From<&'e E>,
{
    fn from(outcome: Outcome<E>) -> Problem {
        match outcome {
            Outcome::Failed(error) => Problem::from(&error),
            Outcome::Refused(problem) => problem,
        }
    }
}

/// Starts the worker that deletes old records.
pub fn start_purge(store: &Store, clock: Arc<dyn Clock>, workers: &Workers) {
    let store = store.clone();
    workers.spawn("idempotency-purge", move |beat| async move {
        loop {
            let before = clock.now().saturating_sub(KEPT);
            match purge(&store, before).await {
                Ok(PURGE_BATCH) => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(module = store.module(), %error, "cannot purge idempotency records")
                }
            }
            beat.rest(PURGE_EVERY).await;
        }
    });
}

async fn purge(store: &Store, before: Timestamp) -> Result<i64, StoreError> {
    let cx = CallCtx::system("purge", Duration::from_secs(10));
    store
        .write(&cx, "platform.purge", move |tx| {
            let old: Vec<Vec<u8>> = on!(tx, |conn| idempotency_record::table
                .filter(idempotency_record::created_at.lt(Time(before)))
                .order(idempotency_record::created_at)
                .limit(PURGE_BATCH)
                .select(idempotency_record::scope)
                .load(conn))?;
            let deleted = on!(tx, |conn| diesel::delete(
                idempotency_record::table.filter(idempotency_record::scope.eq_any(&old))
            )
            .execute(conn))?;
            Ok(i64::try_from(deleted).unwrap_or(0))
        })
        .await
}
