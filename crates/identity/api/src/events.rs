//! Facts about credentials, by which others learn that they hold no longer. Nothing in them is secret or personal.

use kernel::{ApiKeyId, Event, Principal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{LetterId, PrincipalKind, Purpose, SessionId};

macro_rules! events {
    ($(#[$meta:meta])* $Event:ident of $aggregate:literal {
        $( $(#[$doc:meta])* $Fact:ident = $name:literal { $($(#[$field_doc:meta])* $field:ident: $Type:ty),+ $(,)? }, )+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type", content = "data")]
        pub enum $Event {
            $( $(#[$doc])* #[serde(rename = $name)] $Fact { $($(#[$field_doc])* $field: $Type),+ }, )+
        }

        impl Event for $Event {
            const AGGREGATE: &'static str = $aggregate;
            const TYPES: &'static [&'static str] = &[$($name),+];

            fn event_type(&self) -> &'static str {
                match self { $( $Event::$Fact { .. } => $name, )+ }
            }
        }
    };
}

events! {
    /// Those who can log in.
    PrincipalEvent of "principal" {
        Created = "principal.created" { principal: Principal, kind: PrincipalKind },
        /// Whatever is among `changed`, what its credentials allowed before is no longer to be relied on.
        Updated = "principal.updated" { principal: Principal, changed: Vec<String> },
    }
}

events! {
    /// Sessions that have ended before their time.
    SessionEvent of "session" {
        Ended = "session.ended" { session_id: SessionId, principal: Principal, reason: SessionEnd },
    }
}

/// Why a session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// Its holder has logged out.
    LoggedOut,
    /// Its holder has ended it from another session, or its password was changed there.
    Revoked,
    /// A refresh token was used twice: somebody has stolen it, or it was stolen from.
    Reused,
    /// The principal was disabled.
    Disabled,
}

impl SessionEnd {
    /// As in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            SessionEnd::LoggedOut => "logged_out",
            SessionEnd::Revoked => "revoked",
            SessionEnd::Reused => "reused",
            SessionEnd::Disabled => "disabled",
        }
    }
}

events! {
    /// Roles, and what they allow.
    RoleEvent of "role" {
        Created = "role.created" { code: String },
        Updated = "role.updated" { code: String, changed: Vec<String> },
        Removed = "role.removed" { code: String },
    }
}

events! {
    /// Keys of programs.
    ApiKeyEvent of "api_key" {
        Created = "api_key.created" { api_key_id: ApiKeyId },
        Revoked = "api_key.revoked" { api_key_id: ApiKeyId },
    }
}

events! {
    /// Letters that are to be sent. Whoever sends one asks for what it says.
    LetterEvent of "letter" {
        Requested = "letter.requested" { letter_id: LetterId, purpose: Purpose },
    }
}
