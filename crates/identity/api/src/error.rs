use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Refusals of the identity module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum IdentityError {
    #[error("the credential is none of ours, has expired, or was revoked")]
    UnknownCredential,
    #[error("the letter has served its purpose, or nobody wants it any more")]
    UnknownLetter,
}
