//! Idempotency records: one key, one outcome.
//!
//! The record commits in the same transaction as the first durable effect of the request, so a key never exists
//! without its effect, nor an effect without its key. Scope: principal + method + route + key. Fingerprint: SHA-256
//! of method, path, query and body.

mod purge;
mod records;

use std::sync::Arc;

use kernel::CallCtx;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub(crate) use self::purge::first_id_of;
pub use self::purge::start_purge;
pub use self::records::{claim, claim_all, outcome, settle, settle_all};
use crate::Change;
use crate::http::{Problem, Reply, kinds};
use crate::store::{Failure, StoreError, Tx, corrupt};

/// Where the outcome of a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Half of a SHA-256, of whose key it is and for what.
    pub scope: Uuid,
    /// A UUIDv7: says when the key was first used.
    pub id: Uuid,
}

/// One request under one idempotency key.
#[derive(Clone, Debug)]
pub struct RequestKey {
    /// The record that this request makes, if it is the first with its key.
    pub record: Record,
    pub fingerprint: Vec<u8>,
    /// Refusals are stored as the first caller got them.
    pub request_id: Arc<str>,
    /// Path of the request, for the problem's `instance`.
    pub instance: String,
}

impl RequestKey {
    /// `scope` and `fingerprint` are hashed with the lengths of their parts, so that no two lists collide. `id` is a
    /// new UUIDv7.
    pub fn new(
        scope: &[&[u8]],
        fingerprint: &[&[u8]],
        id: Uuid,
        request_id: Arc<str>,
        instance: String,
    ) -> RequestKey {
        let hash = digest(scope);
        let scope = Uuid::from_bytes(hash.first_chunk().copied().unwrap_or_default());
        RequestKey { record: Record { scope, id }, fingerprint: digest(fingerprint), request_id, instance }
    }

    /// The key of a call from another module.
    ///
    /// # Errors
    /// [`StoreError::Query`] when the request has no JSON form: a bug.
    pub fn of_call(
        cx: &CallCtx,
        command: &str,
        key: &str,
        request: &impl Serialize,
        id: Uuid,
        instance: String,
    ) -> Result<RequestKey, StoreError> {
        let request = serde_json::to_vec(request).map_err(|error| StoreError::Query(error.to_string()))?;
        let principal = cx.principal.to_string();
        let scope: [&[u8]; 4] = [b"call", command.as_bytes(), principal.as_bytes(), key.as_bytes()];
        Ok(RequestKey::new(&scope, &[&request], id, Arc::clone(&cx.request_id), instance))
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

/// Does `work` once per key, in this transaction, and answers every repetition with the first outcome. A refusal
/// (409) is an outcome, too: what `work` changed is undone, and the refusal is stored. Other errors end the
/// transaction, and nothing is stored. Without a key, `work` is simply done.
///
/// # Errors
/// What `work` returned, as a [`Problem`].
pub fn once<E>(
    tx: &mut Tx<'_>,
    key: Option<&RequestKey>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<Reply, E>,
) -> Result<Reply, Outcome<E>>
where
    E: Failure,
    Problem: for<'e> From<&'e E>,
{
    let Some(key) = key else { return work(tx).map_err(Outcome::Failed) };
    if let Some(answer) = claim(tx, key)?.answer() {
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
    settle(tx, key.record, &reply)?;
    Ok(reply)
}

/// Carries out a command that another module calls, once per idempotency key of the call, and answers every
/// repetition with the first reply. Refusals are not stored: they changed nothing.
///
/// # Errors
/// What `work` returned; [`StoreError::Contended`] while the key is in use, [`StoreError::Query`] when it was used for
/// another request: the caller's bug.
pub fn once_call<R, E>(
    tx: &mut Tx<'_>,
    change: &Change,
    command: &'static str,
    request: &impl Serialize,
    work: impl FnOnce(&mut Tx<'_>) -> Result<R, E>,
) -> Result<R, E>
where
    R: Serialize + DeserializeOwned,
    E: Failure,
{
    let Some(call_key) = change.cx.idempotency_key.as_deref() else { return work(tx) };
    let id = change.ids.uuid(change.now);
    let key = RequestKey::of_call(&change.cx, command, call_key, request, id, String::new())?;
    match claim(tx, &key)? {
        Claim::New => {}
        Claim::Done(reply) => {
            let stored = serde_json::from_slice(reply.body());
            return stored.map_err(|error| corrupt("idempotency_outcome", "body", id, error).into());
        }
        Claim::Running => {
            return Err(StoreError::Contended(format!("{command} is under way with this key")).into());
        }
        Claim::Reused => {
            return Err(StoreError::Query(format!(
                "{command} was called with this key before, for another request"
            ))
            .into());
        }
    }
    let reply = work(tx)?;
    settle(tx, key.record, &Reply::ok(&reply)?)?;
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
