use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};

use crate::text;

mod clock;

pub use clock::{Clock, ManualClock, SystemClock};

/// An instant in UTC, in whole microseconds since 1970-01-01, which is what both databases keep.
///
/// As text, and in JSON, it is RFC 3339 with `Z` and always six decimals: `2026-11-23T07:42:00.000000Z`.
/// Any offset is read, and decimals beyond the sixth are cut off.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The text is no instant of the years 0 to 9999 in RFC 3339.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time in RFC 3339, like 2026-11-23T07:42:00.000000Z")]
pub struct TimestampError;

impl Timestamp {
    pub const fn from_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// Since 1970-01-01T00:00:00Z; negative before.
    pub const fn micros(&self) -> i64 {
        self.0
    }

    /// `None` if the sum cannot be represented.
    pub fn checked_add(self, span: Duration) -> Option<Timestamp> {
        let micros = u64::try_from(span.as_micros()).ok()?;
        self.0.checked_add_unsigned(micros).map(Timestamp)
    }

    /// Stops at the last instant.
    pub fn saturating_add(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add_unsigned(saturated(span)))
    }

    /// Stops at the first instant.
    pub fn saturating_sub(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub_unsigned(saturated(span)))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Timestamp) -> Duration {
        if self <= earlier {
            return Duration::ZERO;
        }
        Duration::from_micros(self.0.abs_diff(earlier.0))
    }

    /// Chrono ends about the year 262,000; later and earlier instants become its last and first.
    pub fn date_time(&self) -> DateTime<Utc> {
        let nearest = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_micros(self.0).unwrap_or(nearest)
    }
}

/// In microseconds. A span beyond 64 bits is longer than all of time, as is the longest within.
fn saturated(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// Cuts off nanoseconds.
impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Timestamp {
        Timestamp(at.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.date_time().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Timestamp, TimestampError> {
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| TimestampError)?.to_utc();
        // An offset can push the last day of 9999 into a year that RFC 3339 cannot write.
        if (0..=9999).contains(&at.year()) { Ok(at.into()) } else { Err(TimestampError) }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        text::deserialize(deserializer, "a time in RFC 3339")
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC, in microseconds."))
            .examples(["2026-11-23T07:42:00.000000Z"])
            .into()
    }
}

impl ToSchema for Timestamp {}

#[cfg(test)]
mod tests;
