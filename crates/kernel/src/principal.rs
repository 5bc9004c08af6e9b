use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

/// On whose behalf a call is made.
///
/// Travels as its text, which is also the `actor` of an event: `anonymous`, `admin`, `system:demo`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// No credential was shown.
    Anonymous,
    /// The holder of the admin token.
    Admin,
    /// A part of Holdfast that acts by itself, by name: a saga's recovery, a sweep, the demo shop.
    System(Cow<'static, str>),
}

/// The text names no principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a principal")]
pub struct PrincipalError;

impl Principal {
    /// May do everything: the admin, and Holdfast itself.
    pub fn is_admin(&self) -> bool {
        match self {
            Principal::Admin | Principal::System(_) => true,
            Principal::Anonymous => false,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::Anonymous => f.write_str("anonymous"),
            Principal::Admin => f.write_str("admin"),
            Principal::System(name) => write!(f, "system:{name}"),
        }
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Principal, PrincipalError> {
        match text {
            "anonymous" => Ok(Principal::Anonymous),
            "admin" => Ok(Principal::Admin),
            _ => text
                .strip_prefix("system:")
                .map(|name| Principal::System(Cow::Owned(name.to_owned())))
                .ok_or(PrincipalError),
        }
    }
}

impl Serialize for Principal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Principal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Principal, D::Error> {
        text::deserialize(deserializer, "a principal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_its_name() {
        for (principal, text, admin) in [
            (Principal::Anonymous, "anonymous", false),
            (Principal::Admin, "admin", true),
            (Principal::System("demo".into()), "system:demo", true),
        ] {
            assert_eq!(principal.to_string(), text);
            assert_eq!(serde_json::to_value(&principal).unwrap(), text);
            assert_eq!(serde_json::from_value::<Principal>(text.into()).unwrap(), principal);
            assert_eq!(principal.is_admin(), admin);
        }
    }

    #[test]
    fn nobody_else_is_anybody() {
        for text in ["", "Admin", "system", "root", "admin "] {
            assert_eq!(text.parse::<Principal>(), Err(PrincipalError), "{text:?}");
        }
    }
}
