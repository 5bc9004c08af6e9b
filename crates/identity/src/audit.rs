//! The audit log: who did what to whom. Each entry's digest covers the one before, so whoever changes or removes an entry
//! changes every digest after it.

use std::net::IpAddr;

use kernel::{Principal, Timestamp};
use platform::Change;
use platform::store::{Db, StoreError, Tx};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::store::audit as rows;

/// What was done, and by whom. Nothing in it is secret.
#[derive(Debug)]
pub(crate) struct Act {
    pub action: &'static str,
    /// An id, or what else names it.
    pub target: String,
    pub detail: Value,
    /// Who it turned out to be, where the caller had shown nothing before.
    pub actor: Option<Principal>,
    pub address: Option<IpAddr>,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub(crate) struct Entry {
    /// Gapless, from 1.
    pub seq: i64,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub target: String,
    /// JSON, as it was written.
    #[serde(serialize_with = "as_json")]
    #[schema(value_type = Object)]
    pub detail: String,
    #[schema(required)]
    pub address: Option<String>,
    pub request_id: String,
    /// SHA-256 over the entry and the digest of the one before, in hexadecimal digits.
    #[serde(serialize_with = "hex::serialize")]
    #[schema(value_type = String)]
    pub digest: Vec<u8>,
}

/// Where the log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEnd {
    /// 0 before the first entry.
    pub seq: i64,
    /// In hexadecimal digits.
    pub digest: String,
}

fn as_json<S: serde::Serializer>(detail: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<Value>(detail).unwrap_or_default().serialize(serializer)
}

impl Entry {
    /// Parts do not run into each other: each is preceded by its length.
    pub(crate) fn digest_after(&self, previous: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        let (seq, at) = (self.seq.to_string(), self.at.micros().to_string());
        let address = self.address.as_deref().unwrap_or_default();
        let texts =
            [&seq, &at, &self.actor, &self.action, &self.target, &self.detail, address, &self.request_id];
        for part in std::iter::once(previous).chain(texts.into_iter().map(str::as_bytes)) {
            digest.update(part.len().to_string());
            digest.update(b":");
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
}

/// Appends an entry, in the transaction that does what it says.
pub(crate) fn note(tx: &mut Tx<'_>, change: &Change, act: Act) -> Result<(), StoreError> {
    let (seq, previous) = rows::lock_head(tx)?;
    let actor = act.actor.as_ref().unwrap_or(&change.cx.principal).to_string();
    let mut entry = Entry {
        seq: seq.saturating_add(1),
        at: change.now,
        actor,
        action: act.action.to_owned(),
        target: act.target,
        detail: act.detail.to_string(),
        address: act.address.map(|address| address.to_string()),
        request_id: change.cx.request_id.to_string(),
        digest: Vec::new(),
    };
    entry.digest = entry.digest_after(&previous);
    rows::append(tx, &entry)
}

/// What is wrong with the log, if anything, and where it ends.
pub(crate) fn verify(db: &mut Db<'_>) -> Result<(Vec<String>, AuditEnd), StoreError> {
    const AT_ONCE: i64 = 1_000;
    let (mut faults, mut seq, mut previous) = (Vec::new(), 0_i64, Vec::new());
    loop {
        let entries = rows::after(db, seq, AT_ONCE)?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            if entry.seq != seq.saturating_add(1) {
                faults.push(format!("entries between {seq} and {} are gone", entry.seq));
            }
            if entry.digest != entry.digest_after(&previous) {
                faults.push(format!("entry {} is not as it was written", entry.seq));
            }
            (seq, previous) = (entry.seq, entry.digest);
        }
    }
    let (last, digest) = rows::head(db)?;
    if (last, &digest) != (seq, &previous) {
        faults.push(format!("the log ends at {seq}, and ended at {last} when it was written to last"));
    }
    Ok((faults, AuditEnd { seq, digest: hex::encode(previous) }))
}
