use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt::{self, Write},
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};
use uuid::Uuid;

use crate::{Timestamp, text};

mod base32;

/// What an id identifies. Implemented by [`id_kinds!`](crate::id_kinds) for types that have no values.
pub trait IdKind: 'static {
    /// What the text of the id starts with, without the underscore: `ord`.
    const PREFIX: &'static str;
}

/// The id of one kind of thing: a UUIDv7, so newer ids sort after older ones.
///
/// As text, and in JSON, it is `<prefix>_` and 26 lower-case characters of Crockford's base32:
/// `ord_01k9qz3v8yfg2r5m4n3c680thw`. There is exactly one text per id.
pub struct Id<K: IdKind> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// The text is not an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `{prefix}_` and 26 lower-case characters of Crockford base32")]
pub struct IdError {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
}

/// Defines kinds of ids: for each an uninhabited type, its [`IdKind`], and an alias of [`Id`].
///
/// ```
/// kernel::id_kinds! {
///     /// Identifies an order.
///     OrderKind / OrderId = "ord";
///     /// Identifies a payment.
///     PaymentKind / PaymentId = "pay";
/// }
///
/// let id: OrderId = "ord_01k9qz3v8yfg2r5m4n3c680thw".parse()?;
/// assert_eq!(id.to_string(), "ord_01k9qz3v8yfg2r5m4n3c680thw");
/// assert!("ord_01k9qz3v8yfg2r5m4n3c680thw".parse::<PaymentId>().is_err());
/// # Ok::<(), kernel::IdError>(())
/// ```
#[macro_export]
macro_rules! id_kinds {
    ( $( $(#[$meta:meta])* $Kind:ident / $Alias:ident = $prefix:literal; )+ ) => { $(
        #[doc = concat!("What an [`", stringify!($Alias), "`] identifies.")]
        pub enum $Kind {}

        impl $crate::IdKind for $Kind {
            const PREFIX: &'static str = $prefix;
        }

        $(#[$meta])*
        pub type $Alias = $crate::Id<$Kind>;
    )+ };
}

impl<K: IdKind> Id<K> {
    pub const fn from_uuid(uuid: Uuid) -> Id<K> {
        Id { uuid, kind: PhantomData }
    }

    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// When the id was made, to the millisecond; the epoch if it does not say.
    pub fn created_at(&self) -> Timestamp {
        let (seconds, nanos) = self.uuid.get_timestamp().map_or((0, 0), |at| at.to_unix());
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Timestamp::from_micros(seconds.saturating_mul(1_000_000).saturating_add(i64::from(nanos / 1_000)))
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::PREFIX)?;
        f.write_char('_')?;
        base32::encode(self.uuid.as_u128()).try_for_each(|digit| f.write_char(digit))
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Id<K>, IdError> {
        text.strip_prefix(K::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(base32::decode)
            .map(|value| Id::from_uuid(Uuid::from_u128(value)))
            .ok_or(IdError { prefix: K::PREFIX })
    }
}

// Not derived: a derive would ask the same of `K`, which has no values.
impl<K: IdKind> Copy for Id<K> {}

impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Id<K> {
        *self
    }
}

impl<K: IdKind> Eq for Id<K> {}

impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Id<K>) -> bool {
        self.uuid == other.uuid
    }
}

impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Id<K>) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Id<K>) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: IdKind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Id<K>, D::Error> {
        text::deserialize(deserializer, "an id")
    }
}

fn pattern<K: IdKind>() -> String {
    format!("^{}_[0-9a-hjkmnp-tv-z]{{26}}$", K::PREFIX)
}

impl<K: IdKind> JsonSchema for Id<K> {
    fn schema_name() -> Cow<'static, str> {
        <Id<K> as ToSchema>::name()
    }

    fn schema_id() -> Cow<'static, str> {
        std::any::type_name::<Id<K>>().into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        text::json_schema(&pattern::<K>())
    }
}

impl<K: IdKind> PartialSchema for Id<K> {
    fn schema() -> RefOr<Schema> {
        let example = Id::<K>::from_uuid(Uuid::from_u128(0x019a_6ff1_ed1e_7c05_82d0_951b_0c80_6a3c));
        text::schema("A prefixed UUIDv7 in Crockford base32.", &pattern::<K>(), &example.to_string())
    }
}

impl<K: IdKind> ToSchema for Id<K> {
    /// `OrderKind` is documented as `OrderId`; the default would call every id `Id`.
    fn name() -> Cow<'static, str> {
        let path = std::any::type_name::<K>();
        let kind = path.rsplit("::").next().unwrap_or(path);
        format!("{}Id", kind.strip_suffix("Kind").unwrap_or(kind)).into()
    }
}

#[cfg(test)]
#[expect(unreachable_pub, reason = "ids are public wherever the macro is meant to be used")]
mod tests;
