use std::{borrow::Cow, fmt, str::FromStr};

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use kernel::Timestamp;
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// A day in UTC: `2026-11-23`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

/// The text is no day of the years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day, like 2026-11-23")]
pub struct DayError;

impl Day {
    /// The one that a moment is in.
    pub fn of(moment: Timestamp) -> Day {
        Day(moment.date_time().date_naive())
    }

    pub const fn from_date(date: NaiveDate) -> Day {
        Day(date)
    }

    pub const fn date(&self) -> NaiveDate {
        self.0
    }

    /// Its first moment.
    pub fn begins(self) -> Timestamp {
        self.0.and_time(NaiveTime::MIN).and_utc().into()
    }

    /// The first day of its month.
    #[must_use]
    pub fn month(self) -> Day {
        Day(self.0.with_day(1).unwrap_or(self.0))
    }

    /// The day before; the first of all has none.
    #[must_use]
    pub fn before(self) -> Option<Day> {
        self.0.pred_opt().map(Day)
    }

    /// The day after; the last of all has none.
    #[must_use]
    pub fn after(self) -> Option<Day> {
        self.0.succ_opt().map(Day)
    }

    /// The first day of the month after its own.
    #[must_use]
    pub fn next_month(self) -> Option<Day> {
        let later = self.month().0.checked_add_signed(TimeDelta::days(31))?;
        Some(Day(later).month())
    }

    /// How many days there are up to another one, both included; 0 or less if that is before this one.
    pub fn up_to(self, other: Day) -> i64 {
        other.0.signed_duration_since(self.0).num_days().saturating_add(1)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    /// Takes one way of writing it: `2026-1-5` is none.
    fn from_str(text: &str) -> Result<Day, DayError> {
        let day: NaiveDate = text.parse().map_err(|_| DayError)?;
        if day.to_string() == text && text.len() == 10 { Ok(Day(day)) } else { Err(DayError) }
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Day, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Day {
    fn schema_name() -> Cow<'static, str> {
        "Day".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date"})
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("A day in UTC."))
            .examples(["2026-11-23"])
            .into()
    }
}

impl ToSchema for Day {}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-02-28").to_string(), "2026-02-28");
        for text in
            ["", "2026-2-8", "2026-02-30", "26-02-08", "+12026-02-08", "2026-02-08 ", "2026-02-08T00:00:00Z"]
        {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text:?}");
        }
    }

    #[test]
    fn a_moment_is_in_one_day_of_utc() {
        let last: Timestamp = "2026-02-28T23:59:59.999999Z".parse().unwrap();
        assert_eq!(Day::of(last), day("2026-02-28"));
        assert_eq!(day("2026-03-01").begins().micros(), last.micros() + 1);
        assert_eq!(Day::of("2026-02-28T23:59:59-01:00".parse().unwrap()), day("2026-03-01"));
    }

    #[test]
    fn months_follow_each_other() {
        assert_eq!(day("2026-01-31").next_month(), Some(day("2026-02-01")));
        assert_eq!(day("2026-12-01").next_month(), Some(day("2027-01-01")));
        assert_eq!(day("2024-02-29").month(), day("2024-02-01"));
        assert_eq!(day("2026-03-01").before(), Some(day("2026-02-28")));
        assert_eq!(
            (day("2026-01-01").up_to(day("2026-01-31")), day("2026-01-02").up_to(day("2026-01-01"))),
            (31, 0)
        );
    }
}
