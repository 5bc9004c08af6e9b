//! Languages, and how they write amounts and days.

use chrono::{Datelike, Timelike};
use kernel::{Money, Timestamp};

/// A language that mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    #[default]
    English,
    German,
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Locale {
    /// The language of a tag like `de-AT`, if mails are written in it; the region makes no difference.
    pub fn parse(tag: &str) -> Option<Locale> {
        let language = tag.split(['-', '_']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "en" => Some(Locale::English),
            "de" => Some(Locale::German),
            _ => None,
        }
    }

    /// For `lang` in HTML and `Content-Language`.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Locale::English => "en",
            Locale::German => "de",
        }
    }

    /// `1,234.56 EUR`, `1.234,56 EUR`: as many decimals as the currency has.
    pub(crate) fn money(self, money: Money) -> String {
        let (thousands, point) = match self {
            Locale::English => (',', '.'),
            Locale::German => ('.', ','),
        };
        let exponent = usize::from(money.currency().exponent());
        let digits = format!("{:0width$}", money.minor().unsigned_abs(), width = exponent.saturating_add(1));
        let (whole, decimals) = digits.split_at(digits.len().saturating_sub(exponent));
        let mut text = String::new();
        if money.minor() < 0 {
            text.push('-');
        }
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && whole.len().saturating_sub(place).is_multiple_of(3) {
                text.push(thousands);
            }
            text.push(digit);
        }
        if !decimals.is_empty() {
            text.push(point);
            text.push_str(decimals);
        }
        format!("{text} {}", money.currency())
    }

    /// `15 January 2026`, `15. Januar 2026`, in UTC.
    pub(crate) fn day(self, at: Timestamp) -> String {
        let date = at.date_time();
        let (months, dot) = match self {
            Locale::English => (MONTHS_EN, ""),
            Locale::German => (MONTHS_DE, "."),
        };
        let month = usize::try_from(date.month0()).ok().and_then(|month| months.get(month).copied());
        format!("{}{dot} {} {}", date.day(), month.unwrap_or_default(), date.year())
    }

    /// `15 January 2026, 12:30 UTC`, `15. Januar 2026, 12:30 Uhr UTC`; seconds are left out.
    pub(crate) fn minute(self, at: Timestamp) -> String {
        let time = at.date_time();
        let zone = match self {
            Locale::English => "UTC",
            Locale::German => "Uhr UTC",
        };
        format!("{}, {:02}:{:02} {zone}", self.day(at), time.hour(), time.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        let kwd = Currency::parse("KWD").unwrap();
        for (minor, currency, english, german) in [
            (4999, Currency::EUR, "49.99 EUR", "49,99 EUR"),
            (5, Currency::EUR, "0.05 EUR", "0,05 EUR"),
            (123_456_789, Currency::EUR, "1,234,567.89 EUR", "1.234.567,89 EUR"),
            (-100_000, Currency::USD, "-1,000.00 USD", "-1.000,00 USD"),
            (0, Currency::JPY, "0 JPY", "0 JPY"),
            (123_456, Currency::JPY, "123,456 JPY", "123.456 JPY"),
            (1_234_567, kwd, "1,234.567 KWD", "1.234,567 KWD"),
            (i64::MIN, Currency::JPY, "-9,223,372,036,854,775,808 JPY", "-9.223.372.036.854.775.808 JPY"),
        ] {
            let money = Money::new(minor, currency);
            assert_eq!(
                (Locale::English.money(money), Locale::German.money(money)),
                (english.into(), german.into())
            );
        }
    }

    #[test]
    fn days_are_written_out() {
        let at = "2026-03-01T23:59:59Z".parse().unwrap();
        assert_eq!(
            (Locale::English.day(at), Locale::German.day(at)),
            ("1 March 2026".into(), "1. März 2026".into())
        );
        let at = "2026-03-01T09:05:59Z".parse().unwrap();
        assert_eq!(
            (Locale::English.minute(at), Locale::German.minute(at)),
            ("1 March 2026, 09:05 UTC".into(), "1. März 2026, 09:05 Uhr UTC".into())
        );
    }

    #[test]
    fn a_region_makes_no_difference() {
        let parsed = ["de", "de-AT", "DE_ch", "en-GB", "fr", "", "deutsch"].map(Locale::parse);
        let (en, de) = (Some(Locale::English), Some(Locale::German));
        assert_eq!(parsed, [de, de, de, en, None, None, None]);
    }
}
