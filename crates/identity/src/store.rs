//! Rows and queries, by table.

pub(crate) mod accounts;
pub(crate) mod attempts;
pub(crate) mod audit;
pub(crate) mod keys;
pub(crate) mod letters;
pub(crate) mod roles;
pub(crate) mod sessions;

use identity_api::Digest;
use kernel::{Permission, Permissions};
use platform::store::{Json, StoreError, corrupt};

/// A digest as it is kept.
fn bytes(digest: &Digest) -> Vec<u8> {
    digest.0.to_vec()
}

fn digest(kept: &[u8], table: &'static str, id: impl std::fmt::Display) -> Result<Digest, StoreError> {
    kept.try_into().map(Digest).map_err(|error| corrupt(table, "digest", id, error))
}

/// Names that this version does not know allow nothing: a later one may have written them.
fn permissions(
    kept: &Json,
    table: &'static str,
    id: impl std::fmt::Display,
) -> Result<Permissions, StoreError> {
    let names: Vec<String> =
        serde_json::from_str(&kept.0).map_err(|error| corrupt(table, "permissions", id, error))?;
    Ok(names.iter().filter_map(|name| name.parse::<Permission>().ok()).collect())
}
