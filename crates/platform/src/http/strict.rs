//! Objects are objects: serde's derived `Deserialize` takes `["EUR", 1]` for a struct as gladly as
//! `{"currency": "EUR", "amount": 1}`, and the contract does not.

use std::fmt;

use serde::Deserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, Error, MapAccess, SeqAccess, Unexpected, VariantAccess, Visitor,
};

/// A deserializer, or anything that one hands out, which takes no sequence for a struct, however deep inside.
///
/// For self-describing formats: hints that JSON does not need are not passed on. What serde buffers before it knows
/// the type (untagged and internally tagged enums, flattened fields) is out of reach.
pub(super) struct Strict<T>(pub T);

/// A visitor of one value; everything inside it is strict again.
struct Within<V> {
    visitor: V,
    is_struct: bool,
}

fn within<V>(visitor: V) -> Within<V> {
    Within { visitor, is_struct: false }
}

fn object<V>(visitor: V) -> Within<V> {
    Within { visitor, is_struct: true }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(within(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, object(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(within(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, within(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_enum(name, variants, within(visitor))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Within<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V::Value, E> {
        self.visitor.visit_bool(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V::Value, E> {
        self.visitor.visit_i64(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V::Value, E> {
        self.visitor.visit_u64(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V::Value, E> {
        self.visitor.visit_f64(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V::Value, E> {
        self.visitor.visit_str(value)
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<V::Value, E> {
        self.visitor.visit_borrowed_str(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<V::Value, E> {
        self.visitor.visit_string(value)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_unit()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        if self.is_struct {
            return Err(A::Error::invalid_type(Unexpected::Seq, &"an object"));
        }
        self.visitor.visit_seq(Strict(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_map(Strict(fields))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(Strict(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(value))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    /// A key is a text, and stays as it is: maps with keys of other types ask the format for them by type.
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        self.0.variant_seed(seed).map(|(name, variant)| (name, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, within(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, object(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::Strict;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Everything {
        one: Option<Pair>,
        many: Vec<Pair>,
        named: BTreeMap<u8, Pair>,
        wrapped: Wrapper,
        either: Either,
        corner: (i64, f64),
        text: String,
        wide: Option<Option<bool>>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Pair {
        x: i64,
        y: u32,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Wrapper(Pair);

    #[derive(Debug, Default, PartialEq, Deserialize)]
    enum Either {
        #[default]
        Neither,
        New(Pair),
        Both(i64, Pair),
        Fields {
            x: i64,
        },
    }

    fn read(json: &str) -> Result<Everything, serde_json::Error> {
        Everything::deserialize(Strict(&mut serde_json::Deserializer::from_str(json)))
    }

    #[test]
    fn what_is_right_is_read_as_ever() {
        for json in [
            "{}",
            r#"{"one": {"x": -1, "y": 2}, "many": [{"x": 1, "y": 2}, {"y": 1, "x": 2}], "text": "a\n"}"#,
            r#"{"one": null, "named": {"7": {"x": 1, "y": 2}}, "corner": [1, 2], "wide": true}"#,
            r#"{"wrapped": {"x": 1, "y": 2}, "either": "Neither"}"#,
            r#"{"either": {"New": {"x": 1, "y": 2}}}"#,
            r#"{"either": {"Both": [1, {"x": 1, "y": 2}]}}"#,
            r#"{"either": {"Fields": {"x": 1}}}"#,
        ] {
            assert_eq!(read(json).unwrap(), serde_json::from_str(json).unwrap(), "{json}");
        }
    }

    #[test]
    fn a_sequence_is_no_struct_however_deep() {
        for json in [
            "[]",
            r#"{"one": [1, 2]}"#,
            r#"{"many": [[1, 2]]}"#,
            r#"{"named": {"7": [1, 2]}}"#,
            r#"{"wrapped": [1, 2]}"#,
            r#"{"either": {"New": [1, 2]}}"#,
            r#"{"either": {"Both": [1, [1, 2]]}}"#,
            r#"{"either": {"Fields": [1]}}"#,
        ] {
            assert!(serde_json::from_str::<Everything>(json).is_ok(), "serde would take {json}");
            let error = read(json).unwrap_err().to_string();
            assert!(
                error.starts_with("invalid type: sequence, expected an object at line 1"),
                "{json}: {error}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_the_same_words() {
        for json in [
            r#"{"one": {"x": "1", "y": 2}}"#,
            r#"{"one": {"x": 1.5, "y": 2}}"#,
            r#"{"one": {"x": 1, "y": -1}}"#,
            r#"{"one": {"x": 9223372036854775808, "y": 1}}"#,
            r#"{"one": 1}"#,
            r#"{"one": {"x": 1}}"#,
            r#"{"other": 1}"#,
            r#"{"many": {}}"#,
            r#"{"text": null}"#,
            r#"{"either": "Other"}"#,
        ] {
            // All but the column, which may be the value's first or its last.
            let words =
                |error: serde_json::Error| error.to_string().split(" column ").next().unwrap().to_owned();
            let expected = serde_json::from_str::<Everything>(json).unwrap_err();
            assert_eq!(words(read(json).unwrap_err()), words(expected), "{json}");
        }
    }
}
