use std::{
    borrow::Cow,
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
    sync::Arc,
};

use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::text;

/// The identifier of a sellable variant in the whole system: 1–64 of `A-Z a-z 0-9 . _ -`.
///
/// It keeps the case it was given and compares without regard to it. Cheap to clone.
#[derive(Clone)]
pub struct Sku(Arc<str>);

/// Why a text is no SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SkuError {
    #[error("a SKU has 1 to {max} characters, not {0}", max = Sku::MAX_LEN)]
    Length(usize),
    #[error("{0:?} is not allowed in a SKU, only letters and digits of ASCII, `.`, `_` and `-`")]
    Character(char),
}

impl Sku {
    /// In characters, which are bytes here.
    pub const MAX_LEN: usize = 64;

    pub fn parse(text: &str) -> Result<Sku, SkuError> {
        if let Some(odd) = text.chars().find(|&char| !allowed(char)) {
            return Err(SkuError::Character(odd));
        }
        match text.len() {
            1..=Sku::MAX_LEN => Ok(Sku(text.into())),
            length => Err(SkuError::Length(length)),
        }
    }

    /// In the case it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In ASCII lower case: what tables key on.
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

fn allowed(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-')
}

impl Eq for Sku {}

impl PartialEq for Sku {
    fn eq(&self, other: &Sku) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

/// The order of [`Sku::key`].
impl Ord for Sku {
    fn cmp(&self, other: &Sku) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl PartialOrd for Sku {
    fn partial_cmp(&self, other: &Sku) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Sku {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.folded().for_each(|byte| state.write_u8(byte));
        // No SKU contains it, so two in a row cannot be mistaken for two others.
        state.write_u8(0xff);
    }
}

impl fmt::Display for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Sku {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Sku, SkuError> {
        Sku::parse(text)
    }
}

impl Serialize for Sku {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Sku {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sku, D::Error> {
        text::deserialize(deserializer, "a SKU")
    }
}

const PATTERN: &str = "^[A-Za-z0-9._-]{1,64}$";

impl JsonSchema for Sku {
    fn schema_name() -> Cow<'static, str> {
        "Sku".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        text::json_schema(PATTERN)
    }
}

impl PartialSchema for Sku {
    fn schema() -> RefOr<Schema> {
        text::schema("Unique without regard to case.", PATTERN, "LAMP-BLK")
    }
}

impl ToSchema for Sku {}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};

    use proptest::prelude::*;

    use super::*;

    fn sku(text: &str) -> Sku {
        Sku::parse(text).unwrap()
    }

    proptest! {
        #[test]
        fn case_does_not_matter_but_is_kept(text in "[A-Za-z0-9._-]{1,64}") {
            let (given, upper) = (sku(&text), sku(&text.to_uppercase()));
            prop_assert_eq!(&given, &upper);
            prop_assert_eq!(given.cmp(&upper), Ordering::Equal);
            prop_assert_eq!(given.key(), upper.key());
            prop_assert_eq!(given.to_string(), text);
            prop_assert!(HashSet::from([given.clone()]).contains(&upper));
            prop_assert_eq!(BTreeSet::from([given, upper]).len(), 1);
        }

        #[test]
        fn order_and_equality_are_those_of_the_key(a in "[A-Ca-c._-]{1,3}", b in "[A-Ca-c._-]{1,3}") {
            let (a, b) = (sku(&a), sku(&b));
            prop_assert_eq!(a.cmp(&b), a.key().cmp(&b.key()));
            prop_assert_eq!(a == b, a.key() == b.key());
        }
    }

    #[test]
    fn refuses_other_lengths_and_characters() {
        assert_eq!(Sku::parse(""), Err(SkuError::Length(0)));
        assert_eq!(Sku::parse(&"a".repeat(65)), Err(SkuError::Length(65)));
        assert!(Sku::parse(&"a".repeat(64)).is_ok());
        for (text, odd) in [("A B", ' '), ("A/B", '/'), ("é", 'é'), ("a\n", '\n')] {
            assert_eq!(Sku::parse(text), Err(SkuError::Character(odd)));
        }
    }

    #[test]
    fn travels_as_it_was_given() {
        assert_eq!(serde_json::to_string(&sku("Lamp-BLK")).unwrap(), r#""Lamp-BLK""#);
        assert_eq!(serde_json::from_str::<Sku>(r#""Lamp-BLK""#).unwrap().as_str(), "Lamp-BLK");
        assert!(serde_json::from_str::<Sku>(r#""Lamp BLK""#).is_err());
    }
}
