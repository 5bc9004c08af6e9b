use std::{borrow::Cow, fmt, str::FromStr};

use iso_currency::IntoEnumIterator;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use crate::text;

/// A currency of ISO 4217 in which prices can be given: its minor unit has 0, 2 or 3 decimals.
///
/// Travels as its alphabetic code, `"EUR"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

/// The text is no currency that Holdfast can price in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code with 0, 2 or 3 decimals, in upper case")]
pub struct CurrencyError;

impl Currency {
    pub const EUR: Currency = Currency(iso_currency::Currency::EUR);
    pub const JPY: Currency = Currency(iso_currency::Currency::JPY);
    pub const USD: Currency = Currency(iso_currency::Currency::USD);

    /// All of them, in no particular order.
    pub fn all() -> impl Iterator<Item = Currency> {
        iso_currency::Currency::iter().filter_map(Currency::of)
    }

    /// Accepts upper-case codes only. Codes that name no money (`XXX`, `XAU`) or that count in another
    /// number of decimals (`CLF`) are refused.
    pub fn parse(code: &str) -> Result<Currency, CurrencyError> {
        iso_currency::Currency::from_code(code).and_then(Currency::of).ok_or(CurrencyError)
    }

    fn of(iso: iso_currency::Currency) -> Option<Currency> {
        matches!(iso.exponent(), Some(0 | 2 | 3)).then_some(Currency(iso))
    }

    /// Three upper-case letters.
    pub fn code(&self) -> &'static str {
        self.0.code()
    }

    /// Its name in English.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// Decimals of the minor unit: 2 for `EUR`, 0 for `JPY`, 3 for `KWD`.
    pub fn exponent(&self) -> u8 {
        match self.0.exponent() {
            Some(0) => 0,
            Some(3) => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(code: &str) -> Result<Currency, CurrencyError> {
        Currency::parse(code)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
        text::deserialize(deserializer, "an ISO 4217 currency code")
    }
}

const PATTERN: &str = "^[A-Z]{3}$";

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        text::json_schema(PATTERN)
    }
}

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        text::schema("Alphabetic code of an ISO 4217 currency.", PATTERN, "EUR")
    }
}

impl ToSchema for Currency {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_decimals_of_its_minor_unit() {
        let exponent = |code| Currency::parse(code).map(|currency| currency.exponent());
        assert_eq!(exponent("EUR"), Ok(2));
        assert_eq!(exponent("JPY"), Ok(0));
        assert_eq!(exponent("KWD"), Ok(3));
    }

    #[test]
    fn refuses_what_cannot_be_a_price() {
        for code in ["", "eur", "Eur", " EUR", "EURO", "ABC", "XXX", "XAU", "CLF"] {
            assert_eq!(Currency::parse(code), Err(CurrencyError), "{code:?}");
        }
    }

    #[test]
    fn there_are_as_many_as_can_be_parsed() {
        let all: Vec<Currency> = Currency::all().collect();
        assert!(all.len() > 150, "{all:?}");
        assert!(all.iter().all(|one| Currency::parse(one.code()) == Ok(*one) && !one.name().is_empty()));
    }

    #[test]
    fn travels_as_its_code() {
        assert_eq!(serde_json::to_string(&Currency::EUR).unwrap(), r#""EUR""#);
        assert_eq!(serde_json::from_str::<Currency>(r#""JPY""#).unwrap(), Currency::JPY);
        assert_eq!(serde_json::from_value::<Currency>("USD".into()).unwrap(), Currency::USD);
        assert!(serde_json::from_str::<Currency>(r#""usd""#).is_err());
    }
}
