use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use platform::events::subscription::watch::Tolerance;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What is kept of the event logs, and when a listener lags too far.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventsConfig {
    /// Whether old events that every listener has heard are deleted. What is gone can be neither replayed nor heard by
    /// a listener that is yet to come, so it is for the operator to decide.
    pub trim: bool,
    /// Events younger than this are kept in any case.
    pub keep: Span,
    /// A listener that has not heard more events than this is an alarm.
    pub alarm_events: u32,
    /// So is one that has left an event waiting for longer than this.
    pub alarm_age: Span,
}

impl Default for EventsConfig {
    fn default() -> EventsConfig {
        EventsConfig {
            trim: false,
            keep: Span(Duration::from_secs(30 * 24 * 3600)),
            alarm_events: 10_000,
            alarm_age: Span(Duration::from_secs(15 * 60)),
        }
    }
}

impl EventsConfig {
    pub(crate) fn tolerance(&self) -> Tolerance {
        Tolerance { events: self.alarm_events.into(), age: self.alarm_age.0 }
    }
}

/// A length of time, as a number and its unit: `30d`, `12h`, `15m`, `45s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Span, &'static str> {
        const WANTED: &str = "a length of time is a number and its unit: 30d, 12h, 15m or 45s";
        let (digits, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(WANTED)?;
        let seconds = match unit {
            "d" => 24 * 3600,
            "h" => 3600,
            "m" => 60,
            "s" => 1,
            _ => return Err(WANTED),
        };
        let number: u32 = digits.parse().map_err(|_| WANTED)?;
        Ok(Span(Duration::from_secs(u64::from(number) * seconds)))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0.as_secs())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Span, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        for (text, seconds) in [("30d", 2_592_000), ("12h", 43_200), ("15m", 900), ("45s", 45), ("0s", 0)] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span, Span(Duration::from_secs(seconds)));
            assert_eq!(span.to_string().parse(), Ok(span));
        }
        for text in ["", "d", "30", "30 d", "-1d", "1.5h", "5µ", "99999999999d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
