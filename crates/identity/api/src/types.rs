use kernel::{ApiKeyId, Bounded, Permissions, Principal, Timestamp, Token};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Digest;

kernel::id_kinds! {
    /// From a login until its end. Its access tokens begin with this id.
    SessionKind / SessionId = "ses";
    /// The same session, where its refresh tokens name it.
    RefreshKind / RefreshId = "rfr";
    /// Something that is to reach somebody by mail, with a secret that proves that it did.
    LetterKind / LetterId = "ltr";
}

/// Who can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    Customer,
    Staff,
}

impl PrincipalKind {
    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            PrincipalKind::Customer => "customer",
            PrincipalKind::Staff => "staff",
        }
    }
}

/// What somebody shows to prove who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presented {
    Session { id: crate::SessionId, digest: Digest },
    ApiKey { id: ApiKeyId, digest: Digest },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verify {
    pub presented: Presented,
}

/// Whom a credential stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verified {
    pub principal: Principal,
    /// Of a customer none: what is its own needs none.
    pub permissions: Permissions,
    /// When the credential ends by itself, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To confirm an address, which makes the account.
    Confirmation,
    /// To say that there is an account with this address already. It has no secret.
    AlreadyRegistered,
    /// To choose a new password.
    PasswordReset,
    /// To choose a first one: somebody was taken on.
    Invitation,
}

impl Purpose {
    pub const ALL: &'static [Purpose] =
        &[Purpose::Confirmation, Purpose::AlreadyRegistered, Purpose::PasswordReset, Purpose::Invitation];

    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Purpose::Confirmation => "confirmation",
            Purpose::AlreadyRegistered => "already_registered",
            Purpose::PasswordReset => "password_reset",
            Purpose::Invitation => "invitation",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WriteLetter {
    pub id: LetterId,
}

/// What a letter must say, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Letter {
    pub purpose: Purpose,
    pub email: String,
    pub name: Option<String>,
    /// What the reader gives back to prove that the letter has arrived.
    pub token: Option<Token>,
    /// Until when that is taken.
    pub expires_at: Timestamp,
}

macro_rules! one_item {
    ($($Request:ty),+) => {
        $(impl Bounded for $Request {
            const MAX_ITEMS: usize = 1;
            fn items(&self) -> usize {
                1
            }
        })+
    };
}
one_item!(Verify, WriteLetter);
