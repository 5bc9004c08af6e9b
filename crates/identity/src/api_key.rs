//! Keys of programs.

use identity_api::ApiKeyId;
use kernel::{Permissions, Timestamp};

/// What is known of a key, its secret aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub scopes: Permissions,
    /// The principal who made it.
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub version: i64,
}

impl ApiKey {
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}
