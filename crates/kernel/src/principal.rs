use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::{Id, IdKind, text};

crate::id_kinds! {
    /// Somebody who works for the shop.
    StaffKind / StaffId = "usr";
    /// A program that has an API key: the key's own id.
    ApiKeyKind / ApiKeyId = "key";
}

/// Ids of customers are the customer module's. Principals need no more than their text.
enum BuyerKind {}

impl IdKind for BuyerKind {
    const PREFIX: &'static str = "cus";
}

/// On whose behalf a call is made.
///
/// Travels as its text, which is also the `actor` of an event: `anonymous`, `admin`, `system:demo`, `customer:cus_…`,
/// `staff:usr_…`, `machine:key_…`. What a principal may do is not said here: whoever lets a request in checks that.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// No credential was shown.
    Anonymous,
    /// The holder of the admin token.
    Admin,
    /// A part of Holdfast that acts by itself, by name: a saga's recovery, a sweep, the demo shop.
    System(Cow<'static, str>),
    /// A customer who has logged in, by the UUID of the customer's id.
    Customer(Uuid),
    Staff(StaffId),
    Machine(ApiKeyId),
}

/// The text names no principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a principal")]
pub struct PrincipalError;

impl Principal {
    /// The customer that it is, if it is one.
    pub fn customer<K: IdKind>(&self) -> Option<Id<K>> {
        match self {
            Principal::Customer(uuid) => Some(Id::from_uuid(*uuid)),
            _ => None,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Principal::Anonymous => f.write_str("anonymous"),
            Principal::Admin => f.write_str("admin"),
            Principal::System(name) => write!(f, "system:{name}"),
            Principal::Customer(uuid) => write!(f, "customer:{}", Id::<BuyerKind>::from_uuid(*uuid)),
            Principal::Staff(id) => write!(f, "staff:{id}"),
            Principal::Machine(id) => write!(f, "machine:{id}"),
        }
    }
}

impl FromStr for Principal {
    type Err = PrincipalError;

    fn from_str(text: &str) -> Result<Principal, PrincipalError> {
        let parsed = match text.split_once(':') {
            None if text == "anonymous" => Some(Principal::Anonymous),
            None if text == "admin" => Some(Principal::Admin),
            Some(("system", name)) => Some(Principal::System(Cow::Owned(name.to_owned()))),
            Some(("customer", id)) => {
                id.parse::<Id<BuyerKind>>().ok().map(|id| Principal::Customer(id.uuid()))
            }
            Some(("staff", id)) => id.parse().ok().map(Principal::Staff),
            Some(("machine", id)) => id.parse().ok().map(Principal::Machine),
            _ => None,
        };
        parsed.ok_or(PrincipalError)
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

impl JsonSchema for Principal {
    fn schema_name() -> Cow<'static, str> {
        "Principal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"anyOf": [
            {"const": "anonymous"},
            {"const": "admin"},
            {"type": "string", "pattern": "^(system|customer|staff|machine):.+$"},
        ]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_text_is_its_name() {
        let uuid = Uuid::from_u128(7);
        for (principal, text) in [
            (Principal::Anonymous, "anonymous"),
            (Principal::Admin, "admin"),
            (Principal::System("demo".into()), "system:demo"),
            (Principal::Customer(uuid), "customer:cus_00000000000000000000000007"),
            (Principal::Staff(Id::from_uuid(uuid)), "staff:usr_00000000000000000000000007"),
            (Principal::Machine(Id::from_uuid(uuid)), "machine:key_00000000000000000000000007"),
        ] {
            assert_eq!(principal.to_string(), text);
            assert_eq!(serde_json::to_value(&principal).unwrap(), text);
            assert_eq!(serde_json::from_value::<Principal>(text.into()).unwrap(), principal);
        }
    }

    #[test]
    fn nobody_else_is_anybody() {
        for text in
            ["", "Admin", "system", "root", "admin ", "staff:", "staff:key_00000000000000000000000007"]
        {
            assert_eq!(text.parse::<Principal>(), Err(PrincipalError), "{text:?}");
        }
    }
}
